package redact

import (
	"strings"

	"sgidcheck/internal/exchange"
)

// TellWrong makes the lines that Curl writes name codes, access tokens and verifiers that
// were wrong on purpose otherwise than right ones: whoever reads "$CODE" puts in a good one.
// It is for whoever makes the redactor learn what is right (Learn, Observe, Pair).
func (r *Redactor) TellWrong() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tells = true
}

// LearnWrong is Learn of a value that was made to be refused.
func (r *Redactor) LearnWrong(kind, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.learn(kind, value)
}

// Pair says which verifier redeems a code. None: none that a proper login has.
func (r *Redactor) Pair(code, verifier string) {
	r.Learn(KindCode, code)
	r.Learn(KindVerifier, verifier)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.verifier) < observedTotal {
		r.verifier[code] = verifier
	}
}

// wrongIn tells which values of a request's line were wrong on purpose.
func (r *Redactor) wrongIn(q exchange.Request) func(label) bool {
	right, paired := r.rightVerifier(q)
	return func(l label) bool {
		switch l.kind {
		case KindClientSecret:
			return l.variable == ""
		case KindCode, KindAccessToken:
			return r.tells && !l.good
		case KindVerifier:
			return r.tells && (paired && l != right || !l.good)
		}
		return false
	}
}

// rightVerifier is the verifier for the code that the request's form holds, where that is known.
func (r *Redactor) rightVerifier(q exchange.Request) (right label, paired bool) {
	if !formLike(q) {
		return right, false
	}
	for field := range strings.SplitSeq(string(q.Body), "&") {
		name, value, _ := strings.Cut(field, "=")
		if Unescape(name) != KindCode {
			continue
		}
		r.mu.RLock()
		verifier, ok := r.verifier[Unescape(value)]
		r.mu.RUnlock()
		if ok {
			return r.label(KindVerifier, verifier), true
		}
	}
	return right, false
}
