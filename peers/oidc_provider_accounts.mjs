// The people of oidc_provider.mjs: made up, by scope. What is not here is NA.
export const accounts = {
  'wong-siew-har': {
    'myinfo.name': 'WONG SIEW HAR', 'myinfo.nric_number': 'S7799961B', 'myinfo.date_of_birth': '1977-03-09',
    'myinfo.passport_number': 'K9990061X', 'myinfo.passport_expiry_date': '2033-05-20',
    'myinfo.mobile_number': '90000061', 'myinfo.mobile_number_with_country_code': '+65 90000061',
    'myinfo.email': 'wong.siew.har@example.com', 'myinfo.registered_address': '61 SPECIMEN CLOSE\n#03-14\nSINGAPORE 055555',
    'myinfo.sex': 'FEMALE', 'myinfo.race': 'CHINESE', 'myinfo.nationality': 'SINGAPORE CITIZEN',
    'myinfo.residentialstatus': 'CITIZEN', 'myinfo.birth_country': 'SINGAPORE', 'myinfo.marital_status': 'MARRIED',
    'myinfo.housingtype': 'CONDOMINIUM', 'myinfo.residential': 'PRIVATE',
    'myinfo.vehicles': '[{"vehicle_number":"SZZ9961D"}]', 'myinfo.name_of_employer': 'SPECIMEN BOARD',
    'pocdex.public_officer_details': '[{"work_email":"wong_siew_har@board.example","agency_name":"SPECIMEN BOARD","department_name":"AUDIT","employment_type":"PERMANENT","employment_title":"DIRECTOR"}]',
    'pocdex.number_of_employments': '1',
  },
  'nurul-huda': {
    'myinfo.name': 'NURUL HUDA BINTE ISMAIL', 'myinfo.nric_number': 'T0199962H', 'myinfo.date_of_birth': '2001-12',
    'myinfo.mobile_number': '80000062', 'myinfo.email': 'nurul@example.org', 'myinfo.sex': 'FEMALE', 'myinfo.race': 'MALAY',
    'myinfo.vehicles': '[]', 'pocdex.number_of_employments': '0',
  },
  'john-example': {
    'myinfo.name': 'JÖHN O’EXAMPLE', 'myinfo.nric_number': 'F9899963U', 'myinfo.date_of_birth': '1969',
    'myinfo.email': 'john@example.net', 'myinfo.workpass_status': 'LIVE', 'myinfo.workpass_expiry_date': '2030-01-31',
  },
  'li-na': { 'myinfo.name': 'LI NA', 'myinfo.nric_number': 'M9999964T', 'myinfo.email': 'li.na@example.com', 'myinfo.sex': 'FEMALE' },
}
