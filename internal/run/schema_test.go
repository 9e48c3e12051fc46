package run

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// full returns a record in which every member of every type is set.
func full() *Record {
	r := new(Record)
	set(reflect.ValueOf(r).Elem(), 0)
	r.Schema, r.Verdict, r.Target.Kind = Schema, RunFail, "external"
	for i := range r.Checks {
		r.Checks[i].ID, r.Checks[i].Level = "TOKEN-05", "MUST"
		for j := range r.Checks[i].Exchanges {
			r.Checks[i].Exchanges[j].Response.Status = 200
		}
	}
	r.Checks[0].Waiver.Until = "2026-12-31"
	r.Browser.Steps[0].Thumbnail = "data:image/png;base64,AAAA"
	r.Browser.Timings[0].Unit = "ms"
	r.Load.Examples[0].Exchange.Response.Status = 500
	return r
}

func set(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		set(v.Elem(), depth)
	case reflect.Struct:
		if v.Type() == reflect.TypeOf(time.Time{}) {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			set(v.Field(i), depth+1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		set(v.Index(0), depth+1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		element := reflect.New(v.Type().Elem()).Elem()
		set(element, depth+1)
		v.SetMapIndex(reflect.ValueOf("name"), element)
	case reflect.String:
		v.SetString("text")
		if v.Type() == reflect.TypeOf(Pass) {
			v.SetString(string(Fail))
		}
		if v.Type() == reflect.TypeOf(NotApplicable) {
			v.SetString(string(NotApplicable))
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(3)
	case reflect.Uint64:
		v.SetUint(3)
	case reflect.Float64:
		v.SetFloat(1.5)
	default:
		panic(v.Kind())
	}
}

func TestSchemaTakesWhatTheTypesWrite(t *testing.T) {
	document, err := Encode(full())
	if err != nil {
		t.Fatal(err)
	}
	if err := Validate(document); err != nil {
		t.Errorf("a record with every member set: %v", err)
	}
	document, err = Encode(&Record{Verdict: RunPass, Target: Target{Kind: "embedded"}, Checks: []Check{{ID: "DISC-01", Level: "MUST", Verdict: Pass}}, Load: &Load{}, Decrypt: &Decrypt{}, Browser: &Browser{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := Validate(document); err != nil {
		t.Errorf("a record with every optional member left out: %v", err)
	}
}

// The schema is open to members of later releases, so that validity alone would
// not show a member that it forgot.
func TestSchemaNamesEveryMember(t *testing.T) {
	var schema struct {
		Required   []string
		Properties map[string]json.RawMessage
		Defs       map[string]struct {
			Required   []string
			Properties map[string]json.RawMessage
		} `json:"$defs"`
	}
	if err := json.Unmarshal(schemaJSON, &schema); err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeOf(time.Time{}) || seen[typ] {
			return
		}
		seen[typ] = true
		properties, required := schema.Defs[typ.Name()].Properties, schema.Defs[typ.Name()].Required
		if typ.Name() == "Record" {
			properties, required = schema.Properties, schema.Required
		}
		if len(properties) != typ.NumField() {
			t.Errorf("%s: the schema has %d members, the type %d", typ.Name(), len(properties), typ.NumField())
		}
		for i := range typ.NumField() {
			name, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if _, ok := properties[name]; !ok {
				t.Errorf("%s: the schema does not know member %q", typ.Name(), name)
			}
			if slices.Contains(required, name) == (options == "omitempty") {
				t.Errorf("%s: member %q: always written and required must agree", typ.Name(), name)
			}
			walk(typ.Field(i).Type)
		}
	}
	walk(reflect.TypeOf(Record{}))
	if len(seen) < 20 {
		t.Errorf("only %d types were walked", len(seen))
	}
}

func TestValidateRefuses(t *testing.T) {
	valid, err := Encode(full())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown verdict":      {`"verdict":"fail","expected"`, `"verdict":"green","expected"`, "/checks/0/verdict"},
		"ID that is no ID":     {`"TOKEN-05"`, `"<script>"`, "/checks/0/id"},
		"thumbnail elsewhere":  {`data:image/png;base64,AAAA`, `https://example.org/`, "/browser/steps/0/thumbnail"},
		"status that is none":  {`"status":200`, `"status":0`, "/checks/0/exchanges/0/response/status"},
		"time that is none":    {`"started":"2026-11-22T08:00:00Z"`, `"started":"yesterday"`, "/started"},
		"list that is missing": {`"exchanges":[`, `"exchange":[`, "exchanges"},
	} {
		t.Run(name, func(t *testing.T) {
			document := strings.Replace(string(valid), c.old, c.new, 1)
			if document == string(valid) {
				t.Fatalf("%s is not in the record", c.old)
			}
			err := Validate([]byte(document))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error that names %s", err, c.want)
			}
		})
	}
}

func TestEncodeRefusesWhatJSONCannotHold(t *testing.T) {
	_, err := Encode(&Record{Checks: []Check{{ID: "DISC-01", DurationMS: math.NaN()}}})
	if err == nil || !strings.Contains(err.Error(), "DISC-01") {
		t.Errorf("got %v, want an error that names the check", err)
	}
}
