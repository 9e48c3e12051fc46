package login

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sgidcheck/internal/exchange"
)

func page(t *testing.T, body string) *Page {
	t.Helper()
	p, err := ReadPage([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWhichFormLogsIn(t *testing.T) {
	const login, other = `<form action=/login><input name=a></form>`, `<form action=/other><input name=b></form>`
	for _, tt := range []struct{ name, body, action, err string }{
		{"one", other, "/other", ""},
		{"none", "<p>", "", "no login form"},
		{"a form that searches, by its name", `<form id=search action=/find></form>` + other, "/other", ""},
		{"a form that searches, by its field's type", `<form action=/find><input type=search name=x></form>` + other, "/other", ""},
		{"a form that searches, by its field's name", `<form action=/find><input name=q></form>` + other, "/other", ""},
		{"forms that set the language", `<form method=post action=/setlocale><select name=x></select></form><form class=language-switcher><select name=x></select></form>` + other, "/other", ""},
		{"a form that only cancels", `<form action=/abort><button>Cancel</button></form>` + other, "/other", ""},
		{"a form that cancels and goes on", `<form action=/abort><button>Cancel</button></form><form action=/both><button>Cancel</button><button>Go</button></form>`, "/both", ""},
		{"both only cancel", `<form action=/abort><button>Cancel</button></form><form action=/login><button>Deny</button></form>`, "/login", ""},
		{"one picks by radio", other + `<form action=/pick><input type=radio name=x value=1></form>`, "/pick", ""},
		{"one picks by select", other + `<form action=/pick><select name=x></select></form>`, "/pick", ""},
		{"one picks from a list", other + `<form action=/pick><input list=l></form>`, "/pick", ""},
		{"one asks for a password", other + `<form action=/pick><input type=password name=x></form>`, "/pick", ""},
		{"one is named for the login", other + login, "/login", ""},
		{"one is sent by POST", other + `<form action=/post method=post><input name=b></form>`, "/post", ""},
		{"two alike", other + other, "", "2 forms that could be the login"},
		{"three, of which one is the login's", other + login + other, "/login", ""},
		{"an action that repeats a client ID", `<form method=post action="/login?client_id=RESEARCH-PORTAL&state=x"></form>`, "/login?client_id=RESEARCH-PORTAL&state=x", ""},
		{"an action that repeats ui_locales and claims_locales", `<form method=post action="/login?client_id=c&ui_locales=se&claims_locales=se"></form>`, "/login?client_id=c&ui_locales=se&claims_locales=se", ""},
		{"an action that is a query, and repeats ui_locales", `<form method=post action="?client_id=c&ui_locales=se"></form>`, "?client_id=c&ui_locales=se", ""},
		{"one parameter that names the language of the login", `<form method=post action="/login?language=en"></form>`, "/login?language=en", ""},
		{"words that hold one of search", `<form id=research action=/subscribers/interaction class="relocated"></form>`, "/subscribers/interaction", ""},
		{"a form in a language", `<form class="form language-en" action=/go><input name=username></form>`, "/go", ""},
		{"a form in a language that asks for a password", `<form action=/locale/en><input name=x><input type=password name=y></form>`, "/locale/en", ""},
		{"a form in a language beside the login", `<form action=/language><select name=user></select></form>` + other, "/other", ""},
		{"languages alone", `<form action=/language><select name=lang></select></form>`, "", "no login form"},
		{"languages alone, by an action that is no more", `<form action="?locale=de"><button>Deutsch</button></form>`, "", "no login form"},
		{"a newsletter alone", `<form class=newsletter action=/go><input name=email></form>`, "", "no login form"},
		{"logging out alone", `<form action=/logout><input type=hidden name=user value=ann></form>`, "", "no login form"},
		{"logging out, in other words", `<form id=logOut action=/go></form><form action=/user/log-out></form><form class=signout_form></form>`, "", "no login form"},
		{"searches by their compounds", `<form id=siteSearch></form><form class=searchBox></form><form class=searchform></form><form id=languages></form><form name=page_search></form>`, "", "no login form"},
		{"one whose query is named for the login", `<form action="/a?page=Login"></form><form action="/b?page=help"></form>`, "/a?page=Login", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := page(t, tt.body).loginForm()
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%v, want %q", err, tt.err)
				}
				return
			}
			if err != nil || f.Action != tt.action {
				t.Errorf("%+v, %v; want %s", f, err, tt.action)
			}
		})
	}
}

func TestWhatIsSubmitted(t *testing.T) {
	form := func(fields string) string { return `<form action="/login?old=1">` + fields + `</form>` }
	for _, tt := range []struct {
		name, body string
		who        Choice
		want       string // method, URL and body
		persona    string
		err        string
	}{
		{"a text field gets a name", form(`<input name=user>`), Choice{}, "GET /login?user=person-1", "person-1", ""},
		{"what stands there is left", form(`<input name=user value=ann>`), Choice{}, "GET /login?user=ann", "ann", ""},
		{"but for another person", form(`<input name=user value=ann>`), Choice{Number: 1}, "GET /login?user=person-2", "person-2", ""},
		{"a name that is asked for", form(`<input name=user value=ann>`), Choice{Name: "ben", Number: 1}, "GET /login?user=ben", "ben", ""},
		{"a password", form(`<input name=user><input type=password name=pw><input type=password name=set value=x>`), Choice{}, "GET /login?user=person-1&pw=password&set=x", "person-1", ""},
		{"checkboxes", form(`<input type=checkbox name=a><input type=checkbox name=b checked><input type=checkbox name=c required value=yes>`), Choice{}, "GET /login?b=on&c=yes", "", ""},
		{"a control without a name", form(`<input value=x><input name=user>`), Choice{}, "GET /login?user=person-1", "person-1", ""},
		{"a select beside the person", form(`<input name=user><select name=lang><option>en<option selected>de</select><select name=none></select>`), Choice{}, "GET /login?user=person-1&lang=de&none=", "person-1", ""},
		{"a select without a choice made", form(`<input name=user><select name=lang><option>en<option>de</select>`), Choice{}, "GET /login?user=person-1&lang=en", "person-1", ""},
		{"radios beside the person", form(`<input name=user><input type=radio name=r value=1><input type=radio name=r value=2 checked>`), Choice{}, "GET /login?user=person-1&r=2", "person-1", ""},
		{"radios that must be set", form(`<input name=user><input type=radio name=r value=1><input type=radio name=r value=2 required>`), Choice{}, "GET /login?user=person-1&r=1", "person-1", ""},
		{"radios that need not", form(`<input name=user><input type=radio name=r value=1><input type=radio name=r value=2>`), Choice{}, "GET /login?user=person-1", "person-1", ""},
		{"two groups of radios", form(`<input type=radio name=persona value=1><input type=radio name=other value=a checked><input type=radio name=persona value=2><input type=radio name=other value=b>`), Choice{Number: 1}, "GET /login?persona=2&other=a", "2", ""},
		{"nobody offered", form(`<select name=user><option value="">Choose</select>`), Choice{}, "", "", "offers nobody"},
		{"as many as are needed", form(`<select name=user><option>a<option>b</select>`), Choice{Number: 1}, "GET /login?user=b", "b", ""},
		{"fewer than are needed", form(`<select name=user><option>a<option>b</select>`), Choice{Number: 2}, "", "", "offers 2 people, and person 3 is needed"},
		{"another than the first", form(`<select name=user><option>a<option>b</select>`), Choice{Number: 1, Not: "b"}, "GET /login?user=a", "a", ""},
		{"another than one who is not there", form(`<select name=user><option>a<option>b</select>`), Choice{Number: 1, Not: "c"}, "GET /login?user=b", "b", ""},
		{"a part of the name", form(`<select name=user><option value=1>Ann Lee<option value=2>Ben Lee</select>`), Choice{Name: "ben"}, "GET /login?user=2", "2", ""},
		{"a part of both names", form(`<select name=user><option value=1>Ann Lee<option value=2>Ben Lee</select>`), Choice{Name: "lee"}, "", "", "is not one of them"},
		{"the name itself before one in another case", form(`<select name=user><option value=BEN>x<option value=ben>y</select>`), Choice{Name: "ben"}, "GET /login?user=ben", "ben", ""},
		{"a button's own way", `<form action=/login method=post><input name=user><button name=go value=1 formaction=/there formmethod=get>Go</button></form>`, Choice{}, "GET /there?user=person-1&go=1", "person-1", ""},
		{"a button that posts", `<form action=/login><input name=user><button formmethod=post>Go</button></form>`, Choice{}, "POST /login user=person-1", "person-1", ""},
		{"a dialog's button", `<form action=/login><input name=user><button formmethod=dialog>Go</button></form>`, Choice{}, "GET /login?user=person-1", "person-1", ""},
		{"the first button that does not cancel", `<form action=/login><input name=user><button name=b value=cancel>x</button><button name=b value=1>x</button><button name=b value=2>x</button></form>`, Choice{}, "GET /login?user=person-1&b=1", "person-1", ""},
		{"an encoding that cannot be sent", `<form action=/login method=post enctype=multipart/form-data><input name=user></form>`, Choice{}, "", "", `the encoding "multipart/form-data"`},
		{"a button's encoding that cannot be sent", `<form action=/login method=post><input name=user><button formenctype=text/plain>Go</button></form>`, Choice{}, "", "", `the encoding "text/plain"`},
		{"a button's encoding in the form's place", `<form action=/login method=post enctype=text/plain><input name=user><button formenctype="">Go</button></form>`, Choice{}, "POST /login user=person-1", "person-1", ""},
		{"an encoding that there is not", `<form action=/login method=post enctype=json><input name=user></form>`, Choice{}, "POST /login user=person-1", "person-1", ""},
		{"the encoding of every form", `<form action=/login method=post enctype=application/x-www-form-urlencoded><input name=user></form>`, Choice{}, "POST /login user=person-1", "person-1", ""},
		{"an encoding that GET does not use", `<form action=/login enctype=multipart/form-data><input name=user></form>`, Choice{}, "GET /login?user=person-1", "person-1", ""},
		{"controls that are disabled", form(`<input name=user disabled><fieldset disabled><div><input name=x></div></fieldset><input name=login>`), Choice{}, "GET /login?login=person-1", "person-1", ""},
		{"controls of a fieldset, and of what cannot be disabled", form(`<fieldset><input name=user></fieldset><div disabled><input name=x></div>`), Choice{}, "GET /login?user=person-1&x=", "person-1", ""},
		{"a control that names its form", `<form id=f action=/login></form><input form=f name=user><input name=stray><input form=none name=lost>`, Choice{}, "GET /login?user=person-1", "person-1", ""},
		{"a choice that leads somewhere", form(`<select name=user><option data-asserturl=/there>a</select>`), Choice{}, "GET /there", "a", ""},
		{"what is never submitted", form(`<input name=user><input type=button name=x value=1><input type=reset name=y><input type=file name=z>`), Choice{}, "GET /login?user=person-1", "person-1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := page(t, tt.body).Act(tt.who, false)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%v, want %q", err, tt.err)
				}
				return
			}
			got := a.Method + " " + a.URL
			if len(a.Body) > 0 {
				got += " " + string(a.Body)
			}
			if err != nil || got != tt.want || a.Persona != tt.persona {
				t.Errorf("%s as %q, %v; want %s as %q", got, a.Persona, err, tt.want, tt.persona)
			}
		})
	}
}

func TestWhichControlPicksThePerson(t *testing.T) {
	for _, tt := range []struct{ name, fields, want string }{
		{"none", `<input type=hidden name=user><input type=checkbox name=a>`, ""},
		{"the first there is", `<input name=a><input name=b>`, "a"},
		{"the one named for it", `<input name=a><input name=username>`, "username"},
		{"the one whose ID says so", `<input name=a><input name=b id=nric>`, "b"},
		{"the one whose label says so", `<input name=a><label>Who are you? User<input name=b></label>`, "b"},
		{"the one whose label names it", `<input name=a><label for=x>Your account</label><input name=b id=x>`, "b"},
		{"radios before what is not named", `<input name=a><input type=radio name=r value=1><input type=radio name=r value=2>`, "r"},
		{"the first radios", `<input type=radio name=r value=1><input type=radio name=r value=2><input type=radio name=s value=1><input type=radio name=s value=2>`, "r"},
		{"not a radio alone", `<input name=a><input type=radio name=r value=1>`, "a"},
		{"a radio alone that is named for it", `<input name=a><input type=radio name=persona value=1>`, "persona"},
		{"an address", `<input type=number name=a><input type=email name=b>`, "a"},
		{"a select", `<textarea name=t></textarea><select name=s></select>`, "s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := page(t, "<form>"+tt.fields+"</form>")
			got := ""
			if f := p.Forms[0].personControl(); f != nil {
				got = f.Name
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhatCancels(t *testing.T) {
	for text, want := range map[string]bool{"Cancel": true, "DENY": true, "No, thanks": true, "no thanks": true, "Not now": true, "go back": true, "feedback": false, "Cancellation": false, "Log in": false} {
		if (Button{Text: text}).cancels() != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
	for _, tt := range []struct{ name, body, want string }{
		{"the login form's button", `<form action=/other><button name=x value=deny>n</button></form><form action=/login method=post><input name=user><button name=x value=cancel>c</button></form>`, "POST /login user=person-1&x=cancel"},
		{"a form of its own", `<form action=/abort><button name=x value=1>Cancel</button></form><form action=/login method=post><input name=user></form>`, "GET /abort?x=1"},
		{"a form on a page with no login", `<form action=/search-abort><input name=q><button name=x value=1>Cancel</button></form>`, "GET /search-abort?q=person-1&x=1"},
		{"a link by its text", `<form action=/login></form><a href=/help>Help</a><a href=/x>Deny</a>`, "GET /x"},
		{"a link by where it leads", `<form action=/login></form><a href=/cancel/help>Help</a><a href=/tx/cancel?a=/b>x</a>`, "GET /tx/cancel?a=/b"},
		{"nothing", `<form action=/login><button>Go</button></form><a href=/cancel/x>x</a>`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := page(t, tt.body)
			a, err := p.Act(Choice{}, true)
			got := strings.TrimSpace(a.Method + " " + a.URL + " " + string(a.Body))
			if got != tt.want || NoCancel(err) != (tt.want == "") {
				t.Errorf("%s, %v; want %s", got, err, tt.want)
			}
			k, err := p.Pick(Choice{}, true)
			if NoCancel(err) != (tt.want == "") || err == nil && (k.Press == nil) == (k.Follow == nil) {
				t.Errorf("%+v, %v", k, err)
			}
			if k.Follow != nil && tt.want != "GET "+k.Follow.URL || k.Press != nil && !k.Press.cancels() {
				t.Errorf("%+v", k)
			}
		})
	}
}

func TestPick(t *testing.T) {
	const more = `<input type=checkbox name=terms required><input type=checkbox name=done required checked><input type=checkbox name=news>` +
		`<input type=password name=pw><input type=password name=set value=x><button name=no>Cancel</button><button name=go>Go</button><button name=too>Too</button>`
	for _, tt := range []struct {
		name, fields string
		who          Choice
		person       string // name and value of the control
		persona      string
		typed        string
	}{
		{"radios", `<input type=radio name=persona value=1><input type=radio name=persona value=2><input type=radio name=other value=2>`, Choice{Number: 1}, "persona 2", "2", ""},
		{"a select", `<select name=user><option value=1>Ann<option value=2>Ben</select>`, Choice{Name: "Ben"}, "user ", "2", ""},
		{"a text field", `<input name=user value=ann>`, Choice{}, "user ann", "ann", "ann"},
		{"a text field for another", `<input name=user value=ann>`, Choice{Number: 1}, "user ann", "person-2", "person-2"},
		{"nobody", ``, Choice{}, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, err := page(t, "<form>"+tt.fields+more+"</form>").Pick(tt.who, false)
			if err != nil {
				t.Fatal(err)
			}
			person := ""
			if k.Person != nil {
				person = k.Person.Name + " " + k.Person.Value
			}
			if person != tt.person || k.Persona() != tt.persona || k.Typed != tt.typed {
				t.Errorf("%q as %q, typed %q", person, k.Persona(), k.Typed)
			}
			if len(k.Tick) != 1 || k.Tick[0].Name != "terms" || len(k.Fill) != 1 || k.Fill[0].Name != "pw" || k.Press == nil || k.Press.Name != "go" {
				t.Errorf("%+v", k)
			}
		})
	}
	if _, err := page(t, `<form><select name=user><option>a</select></form>`).Pick(Choice{Name: "b"}, false); err == nil {
		t.Error("a person who is not offered is picked")
	}
	if k, err := page(t, `<meta http-equiv=Refresh content="3; URL='/next'">`).Pick(Choice{}, false); err != nil || k.Go != "/next" {
		t.Errorf("%+v, %v", k, err)
	}
	if _, err := page(t, `<p>`).Pick(Choice{}, false); err == nil || NoCancel(err) {
		t.Errorf("%v", err)
	}
	if got := Choices([2]string{"ann", "ben"}, 0); got != (Choice{Name: "ann"}) {
		t.Errorf("%+v", got)
	}
	if got := Choices([2]string{"ann", ""}, 1); got != (Choice{Number: 1, Not: "ann"}) {
		t.Errorf("%+v", got)
	}
}

func TestLinksThatLogPeopleIn(t *testing.T) {
	for link, want := range map[string]string{
		"/login?user=ann": "/login?user=|ann", "/login?user=ann&x=1": "/login?user=&x=1|ann", "http://h/login?user=ann": "http://h/login?user=|ann", "https://h/login?user=ann": "https://h/login?user=|ann",
		"mailto:user@h?user=ann": "|", "javascript:login?user=ann": "|", "#user=ann": "|", "": "|", "/x?user=": "|", "/x?user=ann&as=bob&account=carol": "/x?account=&as=bob&user=ann|carol", "/user/ann": "/user/|ann", "/login/ann": "|", "/people/ann": "/people/|ann", "/user/": "|", "/help/ann": "|", "/%zz": "|",
	} {
		if shape, value := takeApart(link); shape+"|"+value != want {
			t.Errorf("%s: %s|%s, want %s", link, shape, value, want)
		}
	}
	for body, want := range map[string]string{
		`<a href=/user/a>Ann</a>`: "", `<a href=/user/a>Ann</a><a href=/user/b>Ben</a>`: "a b", `<a href=/user/a>Ann</a><a href=/user/a>Ann</a>`: "", `<a href=/user/a>Ann</a><a href=/user/b></a>`: "",
		`<a href=/user/a>Ann</a><a href=/user/b>Cancel</a>`:                                                               "",
		`<a href=/user/a>A</a><a href=/user/b>B</a><a href=/people/c>C</a><a href=/people/d>D</a>`:                        "a b",
		`<a href=/user/a>A</a><a href=/user/b>B</a><a href=/people/c>C</a><a href=/people/d>D</a><a href=/people/e>E</a>`: "c d e",
	} {
		var got []string
		for _, o := range page(t, body).people() {
			got = append(got, o.Value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", body, got, want)
		}
	}
}

func TestReadPage(t *testing.T) {
	p := page(t, `<base href=/first/><base href=/second/><meta http-equiv=refresh content="nonsense"><a href="">x</a><a href=/a>A <b>link</b><script>no</script></a>
<label for=x>Label of x</label><form method=Post action=" /go " class=Login><input id=x name=a><label>Around<input name=b></label><input name=c>
<textarea name=d>text</textarea><select name=e><option value=1 disabled>one<option selected>two  words<option value=3>three</select>
<input type=submit name=f value=Go alt=away><input type=radio name=g><input type=image alt=Pic></form><input name=outside>
<datalist id=l><option value=v data-x=1 data-goto-url=/u>t</datalist>`)
	if p.Base != "/first/" || p.Refresh != "" || len(p.Links) != 1 || p.Links[0] != (Link{"/a", "A link"}) || len(p.Forms) != 1 {
		t.Fatalf("%+v", p)
	}
	f := p.Forms[0]
	if f.Method != "POST" || f.Action != "/go" || !strings.Contains(f.Identity, "login") {
		t.Errorf("%+v", f)
	}
	var got []string
	for _, field := range f.Fields {
		got = append(got, fmt.Sprintf("%s %s %q %q", field.Name, field.Type, field.Value, field.Label))
	}
	want := []string{`a text "" "Label of x"`, `b text "" "Around"`, `c text "" ""`, `d textarea "text" ""`, `e select "" ""`, `g radio "on" ""`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
	if o := f.Fields[4].Options; len(o) != 2 || o[0] != (Option{Value: "two words", Text: "two words", Selected: true}) || o[1].Selected {
		t.Errorf("%+v", o)
	}
	if len(f.Buttons) != 2 || f.Buttons[0].Text != "Go away" || f.Buttons[1].Text != " Pic" {
		t.Errorf("%+v", f.Buttons)
	}
	if o := p.lists["l"]; len(o) != 1 || o[0].URL != "/u" {
		t.Errorf("%+v", o)
	}
}

func TestReadPageKeepsToItsBounds(t *testing.T) {
	many := func(unit string, n int) *Page { return page(t, strings.Repeat(unit, n)) }
	if n := len(many("<form></form>", maxForms).Forms); n != maxForms {
		t.Errorf("%d forms", n)
	}
	if n := len(many("<form></form>", maxForms+1).Forms); n != maxForms {
		t.Errorf("%d forms", n)
	}
	if n := len(many("<a href=x></a>", maxFields+1).Links); n != maxFields {
		t.Errorf("%d links", n)
	}
	p := page(t, "<form>"+strings.Repeat("<input name=a><button>b</button>", maxFields))
	if n := len(p.Forms[0].Fields) + len(p.Forms[0].Buttons); n != maxFields {
		t.Errorf("%d controls", n)
	}
	long := page(t, "<a href=x>"+strings.Repeat("a", 300)+"</a><a href=y>"+strings.Repeat("b", 200)+"</a>")
	if len(long.Links[0].Text) != 200 || len(long.Links[1].Text) != 200 {
		t.Errorf("%d and %d characters", len(long.Links[0].Text), len(long.Links[1].Text))
	}
	if got := encode([][2]string{{"a b", "c&d"}, {"e", ""}}); got != "a+b=c%26d&e=" {
		t.Error(got)
	}
}

func TestIsPage(t *testing.T) {
	for _, tt := range []struct {
		media, body string
		want        bool
	}{
		{"text/html; charset=utf-8", "", true}, {"application/xhtml+xml", "", true}, {"TEXT/HTML", "", true}, {"application/json", "<html>", false}, {"", " <html>", true}, {"", "{}", false}, {"", "", false},
	} {
		e := &exchange.Exchange{Response: &exchange.Response{Header: http.Header{}, Body: []byte(tt.body)}}
		if tt.media != "" {
			e.Response.Header.Set("Content-Type", tt.media)
		}
		if IsPage(e) != tt.want {
			t.Errorf("%q, %q: %v", tt.media, tt.body, !tt.want)
		}
	}
}

func TestOriginAndResolve(t *testing.T) {
	for raw, want := range map[string]string{"HTTPS://A.example/x": "https://a.example:443", "http://a.example:80": "http://a.example:80", "https://a.example:8443": "https://a.example:8443", "/x": "", "%": "", "http://[::1]/": "http://::1:80"} {
		if got := origin(raw); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
	for _, tt := range [][3]string{
		{"https://a.example/b/c", "d", "https://a.example/b/d"}, {"https://a.example/b", "/d?x", "https://a.example/d?x"}, {"https://a.example/b", "HTTP://C.example/%7e", "HTTP://C.example/%7e"},
		{"https://a.example/b", "http://c.example/%zz", "http://c.example/%zz"}, {"https://a.example/b", "http://c.example/%zz\r\n", ""}, {"https://a.example/b", "/%zz", ""}, {"%", "d", ""},
	} {
		if got := resolve(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%q to %q: %q, want %q", tt[1], tt[0], got, tt[2])
		}
	}
}
