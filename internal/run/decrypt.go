package run

// Decrypt is what decrypting userinfo responses costs.
type Decrypt struct {
	Floor   []Floor  `json:"floor"`
	Cells   []Cell   `json:"cells"`
	Peers   []Peer   `json:"peers,omitempty"`
	Plan    []Plan   `json:"plan,omitempty"`
	Void    []Void   `json:"void,omitempty"`    // begun, and without a figure: disturbed, or its program failed
	Missing []Void   `json:"missing,omitempty"` // asked for, and not to be had on this machine
	Machine *Machine `json:"machine,omitempty"`
}

// Floor is the raw RSA operation, below which no response can be decrypted.
type Floor struct {
	Engine  string  `json:"engine"`
	RSABits int     `json:"rsa_bits"`
	Alg     string  `json:"alg,omitempty"`
	Cores   int     `json:"cores,omitempty"`
	PerS    float64 `json:"per_s"`
}

// Cell is one combination measured. Sizes are bytes, times microseconds.
type Cell struct {
	Engine      string  `json:"engine"`
	RSABits     int     `json:"rsa_bits"`
	Alg         string  `json:"alg"`
	Fields      int     `json:"fields"`
	FieldBytes  int     `json:"field_bytes"`
	Cores       int     `json:"cores"`
	AnswersPerS float64 `json:"answers_per_s"`
	USPerAnswer float64 `json:"us_per_answer"`
	Split       Split   `json:"split_us"`
	Allocs      float64 `json:"allocs"`
	FloorRatio  float64 `json:"floor_ratio"`
}

// Split says where the time of one response goes, in microseconds.
type Split struct {
	RSA       float64 `json:"rsa"`
	AES       float64 `json:"aes"`
	KeyImport float64 `json:"key_import"`
	Parse     float64 `json:"parse"`
}

// Peer is another implementation measured beside ours.
type Peer struct {
	Name        string  `json:"name"`
	Runtime     string  `json:"runtime,omitempty"` // Go, Node or Python
	Use         string  `json:"use,omitempty"`     // how the library is used
	AnswersPerS float64 `json:"answers_per_s"`
	Cores       int     `json:"cores"`
	Busy        int     `json:"busy,omitempty"` // of the cores, how many it can keep busy; 0: all
}

// Plan is the cores needed for a rate of logins: the rate over what one core did
// in the row it rests on, at a utilisation that leaves room for queues.
type Plan struct {
	LoginsPerS  float64 `json:"logins_per_s"`
	Engine      string  `json:"engine"`
	Runtime     string  `json:"runtime,omitempty"` // Go, Node or Python
	Cores       float64 `json:"cores"`
	Row         string  `json:"row,omitempty"`         // what was measured that it rests on
	Utilisation float64 `json:"utilisation,omitempty"` // of a core, as planned: 0 to 1
}

// Void is a measurement that gave no figure, and why.
type Void struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
}

// Machine is where figures were measured, by which they can be compared.
type Machine struct {
	CPU        string            `json:"cpu"` // the processor's model
	Cores      int               `json:"cores"`
	LimitCores float64           `json:"limit_cores,omitempty"` // what a container may use of them
	Frequency  string            `json:"frequency,omitempty"`   // what is known of frequency scaling, in words
	System     string            `json:"system"`                // such as linux/amd64
	Versions   map[string]string `json:"versions,omitempty"`    // of what the figures depend on
}

// undecided says that something was measured and came out void.
func (d *Decrypt) undecided() bool { return d != nil && len(d.Void) > 0 }
