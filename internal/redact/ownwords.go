package redact

import "strings"

// A person's data may be a word that the harness uses itself: "single", "none",
// "private". In the harness's own sentences such a word is nobody's data.

// codeWords are words that the code tables of Myinfo give as a person's data
// and that are ordinary words of a sentence, too.
const codeWords = `active alien citizen current deferred detached divorced employed expired false female invalid live male
married new no none normal not occupied open other others owner permanent person private public resident single student
temporary tenant true unknown valid widowed yes`

// OwnWords tells the redactor in which words the harness writes, by texts of
// its own: of them, the words in lower case count.
func (r *Redactor) OwnWords(texts ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, text := range texts {
		for word := range strings.FieldsFuncSeq(text, func(c rune) bool { return c < 'a' || c > 'z' }) {
			r.own[word] = true
		}
	}
}

// Sentence is Text for a sentence of the harness, which may quote what a target
// said: a person's data that is one of the harness's own words, written as it
// writes them and not between quotation marks, stays.
func (r *Redactor) Sentence(s string) string {
	return render(r.cutAt(s, r.foundIn(s, nil, true)), true)
}

// ownWord says whether s[from:to] is a word of the harness's own sentence.
// The lock is held.
func (r *Redactor) ownWord(s string, from, to int) bool {
	if !r.own[s[from:to]] || strings.Count(s[:from], `"`)%2 == 1 {
		return false
	}
	before, after := byte(' '), byte(' ')
	if from > 0 {
		before = s[from-1]
	}
	if to < len(s) {
		after = s[to]
	}
	// Within an address, a parameter or a member it is what somebody else wrote.
	return strings.IndexByte(" \n(-'", before) >= 0 && strings.IndexByte(" \n).,;:-'", after) >= 0
}
