package redact

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"sgidcheck/internal/encoded"
	"sgidcheck/internal/inert"
)

// Redactor keeps secrets and people's data out of everything that is stored or
// printed. It knows values by learning them (Learn, Observe), and others by the
// name of their field or by their shape. Safe for concurrent use.
type Redactor struct {
	mu       sync.RWMutex
	index    *index
	numbers  map[string]int
	brief    map[string]*label // what is told from others in curl lines and is too short to be looked for
	verifier map[string]string // by code: the verifier that redeems it
	tells    bool              // which values were wrong on purpose
	own      map[string]bool   // the harness's own words
	showData bool
}

// New makes a redactor that knows nothing yet.
func New() *Redactor {
	r := &Redactor{index: newIndex(), numbers: map[string]int{}, brief: map[string]*label{}, verifier: map[string]string{}, own: map[string]bool{}}
	r.OwnWords(codeWords)
	return r
}

// ShowPersonalData leaves decrypted values and identity numbers as they are, for
// synthetic personas. Secrets stay redacted.
func (r *Redactor) ShowPersonalData() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.showData = true
}

// Learn adds a value that must never be stored, with its kind (one of the Kind
// constants, or a word of the caller's). Values under four characters (personal
// data: three) are not looked for in text; those under eight count only as
// whole words. The same value keeps its number, so that a reader can see that it
// was used twice. A code, an access token or a verifier that is learnt is good: one that
// is not is LearnWrong's.
func (r *Redactor) Learn(kind, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.learn(kind, value)
	switch kind {
	case KindCode, KindAccessToken, KindVerifier:
		if l := r.held(kind, value); l != nil {
			l.good = true
		}
	case KindClientSecret:
		r.learnHalves(value)
	case KindPrivateKey:
		for line := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == '\n' || c == '\r' }) {
			if !strings.HasPrefix(line, "-----") && len(line) >= 16 {
				r.learnAs(line, r.index.known[value])
			}
		}
	case KindBlockKey:
		// The value is k of a JWK. Its octets open the data in any other form, too.
		if octets, err := base64.RawURLEncoding.DecodeString(value); err == nil && len(octets) >= Bounded {
			r.learnAs(string(octets), r.index.known[value])
		}
	case KindPersonal:
		r.learnParts(value)
	}
}

// LearnAs is Learn of a value that a shell variable of that name holds, in the
// lines that Curl writes.
func (r *Redactor) LearnAs(kind, value, variable string) {
	r.Learn(kind, value)
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.held(kind, value); l != nil {
		l.variable = variable
	}
}

// held is what is known of a value that was learnt, however short; nil: it is empty.
func (r *Redactor) held(kind, value string) *label {
	l := r.index.known[value]
	if l == nil && value != "" {
		if l = r.brief[value]; l == nil || l.kind != kind {
			l = &label{kind: kind, length: utf8.RuneCountInString(value)}
			r.brief[value] = l
		}
	}
	return l
}

func (r *Redactor) learn(kind, value string) *label {
	if l, ok := r.index.known[value]; ok {
		return l
	}
	if len(value) < minSecret && (kind != KindPersonal || len(value) < minPersonal) || kind == KindPersonal && value == "NA" {
		return nil
	}
	r.numbers[kind]++
	l := &label{kind: kind, number: r.numbers[kind], length: utf8.RuneCountInString(value)}
	r.index.known[value] = l
	r.index.learn(value, l)
	return l
}

func (r *Redactor) learnAs(value string, l *label) {
	if _, ok := r.index.known[value]; !ok && l != nil {
		r.index.known[value] = l
		r.index.learn(value, l)
	}
}

// label is what stands for a value of which only its field is known: the learnt
// one's where it was learnt.
func (r *Redactor) label(kind, value string) label {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if l, ok := r.brief[value]; ok && l.kind == kind {
		return *l
	}
	if l, ok := r.index.known[value]; ok {
		return *l
	}
	return label{kind: kind, length: utf8.RuneCountInString(value)}
}

// String is the placeholder: kind, number where there is one, and length.
func (l label) String() string {
	var b strings.Builder
	b.WriteString("[redacted " + l.kind)
	if l.number > 0 {
		fmt.Fprintf(&b, " %d", l.number)
	}
	if l.length > 0 {
		fmt.Fprintf(&b, ", %d characters", l.length)
	}
	b.WriteByte(']')
	return b.String()
}

// Ranks of spans: of two that overlap, the lower names the value.
const (
	rankLearnt = iota
	rankPlace  // by the field it stands in
	rankShape
)

// span is a part of a text that is to be replaced.
type span struct {
	from, to int
	label    label
	rank     int
}

// lacks is how much of its value the span does not have, as where the text ends within it.
func (s span) lacks() int { return max(s.label.length-(s.to-s.from), 0) }

// segment is a piece of redacted text: plain, or standing for a value.
type segment struct {
	text   string
	secret *label
}

// Text replaces every secret in s, in whatever encoding it stands there, and
// makes what is left harmless to show: control characters, bidirectional
// controls and invalid UTF-8 become visible escapes. Newlines and tabs stay.
func (r *Redactor) Text(s string) string { return render(r.segments(s), true) }

// line is Text for what must stay on one line.
func (r *Redactor) line(s string) string { return render(r.segments(s), false) }

func render(segs []segment, multiline bool) string {
	show := inert.Line
	if multiline {
		show = inert.Text
	}
	var b strings.Builder
	for _, s := range segs {
		if s.secret != nil {
			b.WriteString(s.secret.String())
		} else {
			b.WriteString(show(s.text))
		}
	}
	return b.String()
}

// segments cuts s into plain pieces and secrets. marked are parts that are
// known to be secret by where they stand.
func (r *Redactor) segments(s string, marked ...span) []segment {
	return r.cutAt(s, r.foundIn(s, marked, false))
}

// cutAt cuts s at spans, which are in order and do not overlap.
func (r *Redactor) cutAt(s string, spans []span) []segment {
	out := make([]segment, 0, 2*len(spans)+1)
	at := 0
	for _, sp := range spans {
		if sp.from > at {
			out = append(out, segment{text: s[at:sp.from]})
		}
		out = append(out, segment{secret: &sp.label})
		at = sp.to
	}
	if at < len(s) {
		out = append(out, segment{text: s[at:]})
	}
	return out
}

// foundIn finds what is to be replaced beside what is marked, in order and
// without overlap. The text is searched whole: a secret may hold the very
// characters at which a form or a header would be cut. sentence says that the
// text is one of the harness's own.
func (r *Redactor) foundIn(s string, marked []span, sentence bool) []span {
	if s == "" {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	found := marked
	search := encoded.NewSearch(encoded.MostDecoded, r.holdsLearnt)
	for _, v := range views(s) {
		add := func(from, to int, l label, rank int) {
			a, b := v.source(from, to)
			if b > a {
				found = append(found, span{a, b, l, rank})
			}
		}
		var last *label // that was added, and where it ends
		lastTo := 0
		r.index.find(v.text, func(from, to int, l *label) {
			if l == last && to <= lastTo {
				return // it is within that, as is a value that holds itself
			}
			if l.kind == KindPersonal && sentence {
				if a, b := v.source(from, to); r.ownWord(s, a, b) {
					return
				}
			}
			if l.kind != KindPersonal || !r.showData {
				add(from, to, *l, rankLearnt)
				last, lastTo = l, to
			}
		})
		r.shapes(v.text, add)
		r.encodings(search, v.text, add)
	}
	slices.SortFunc(found, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to), cmp.Compare(a.rank, b.rank), cmp.Compare(a.lacks(), b.lacks()))
	})
	var out []span
	for _, f := range found {
		if n := len(out); n > 0 && f.from < out[n-1].to {
			last := &out[n-1]
			if f.rank < last.rank {
				last.label, last.rank = f.label, f.rank
			}
			last.to = max(last.to, f.to)
			continue
		}
		out = append(out, f)
	}
	return out
}

// shapes finds what looks like a secret or an identity number.
func (r *Redactor) shapes(s string, add func(from, to int, l label, rank int)) {
	if strings.Contains(s, "PRIVATE KEY-----") {
		for _, m := range pemShape.FindAllStringIndex(s, -1) {
			add(m[0], m[1], label{kind: KindPrivateKey, length: m[1] - m[0]}, rankShape)
		}
	}
	if strings.Contains(s, "eyJ") {
		for _, m := range joseShape.FindAllStringIndex(s, -1) {
			add(m[0], m[1], r.shaped(KindToken, s[m[0]:m[1]]), rankShape)
		}
	}
	if strings.Contains(s, "ZXlK") {
		for _, m := range joseBase64Shape.FindAllStringIndex(s, -1) {
			add(m[0], m[1], label{kind: KindToken, length: m[1] - m[0]}, rankShape)
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '=':
			if kind, from, to := parameterAt(s, i); kind != "" {
				add(from, to, r.shaped(kind, s[from:to]), rankShape)
			}
		case ':':
			if kind, from, to := memberAt(s, i); kind != "" {
				add(from, to, r.shaped(kind, s[from:to]), rankShape)
			}
		case 'B', 'b', 'D', 'd':
			if from, to := credentialsAt(s, i); to > from {
				add(from, to, r.shaped(KindCredentials, s[from:to]), rankShape)
			}
		case 'S', 'T', 'F', 'G', 'M', 's', 't', 'f', 'g', 'm':
			if !r.showData && nricAt(s, i) {
				add(i, i+nricLength, label{kind: KindNRIC, length: nricLength}, rankShape)
			}
		}
	}
}

func (r *Redactor) shaped(kind, value string) label {
	if l, ok := r.index.known[value]; ok {
		return *l
	}
	return label{kind: kind, length: utf8.RuneCountInString(value)}
}
