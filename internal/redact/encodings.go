package redact

import "sgidcheck/internal/encoded"

const (
	// kindEncoded stands for an encoding of something that holds a learnt value.
	kindEncoded = "encoded"
	// encodingsDeep is how many encodings of encodings are looked into.
	encodingsDeep = 3
)

// encodings finds the parts of a text that hold a learnt value in an encoding
// beyond those in which values are learnt: within what was compressed, or encoded
// more than once.
func (r *Redactor) encodings(search *encoded.Search, text string, add func(from, to int, l label, rank int)) {
	if len(r.index.known) == 0 {
		return
	}
	for _, p := range search.Parts(text, encodingsDeep) {
		add(p.From, p.To, label{kind: kindEncoded, length: p.To - p.From}, rankShape)
	}
}

// holdsLearnt reports whether a learnt value stands in a text that is too long to
// stand there by chance.
func (r *Redactor) holdsLearnt(text string) (holds bool) {
	r.index.find(text, func(_, _ int, l *label) {
		holds = holds || l.length >= Bounded && (l.kind != KindPersonal || !r.showData)
	})
	return holds
}
