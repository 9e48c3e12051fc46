package run

import "fmt"

// upgrades lists how a record of each older version becomes one of the next.
// A change that readers of the present version could not follow gets a new
// version and a step here, and a record of the old version is kept in testdata.
var upgrades = []struct {
	from, to string
	raise    func(record map[string]any) error
}{
	{"sgidcheck.run/v0", "sgidcheck.run/v1", raiseV0},
}

// raiseV0: version 0 wrote header fields as an object, which lost their order
// and repeats, left empty lists out, and did not say what kind of target it had.
func raiseV0(record map[string]any) error {
	if target, ok := record["target"].(map[string]any); ok && target["kind"] == nil {
		target["kind"] = "external"
	}
	if record["checks"] == nil {
		record["checks"] = []any{}
	}
	checks, ok := record["checks"].([]any)
	if !ok {
		return fmt.Errorf("checks is not an array")
	}
	for _, c := range checks {
		check, ok := c.(map[string]any)
		if !ok {
			return fmt.Errorf("a check is not an object")
		}
		for _, list := range []string{"basis", "exchanges"} {
			if check[list] == nil {
				check[list] = []any{}
			}
		}
		exchanges, _ := check["exchanges"].([]any)
		for _, e := range exchanges {
			exchange, _ := e.(map[string]any)
			for _, side := range []string{"request", "response"} {
				if message, ok := exchange[side].(map[string]any); ok {
					raiseHeadersV0(message)
				}
			}
		}
	}
	return nil
}

func raiseHeadersV0(message map[string]any) {
	fields, ok := message["headers"].(map[string]any)
	if !ok {
		return
	}
	lines := []any{}
	for _, name := range sortedKeys(fields) {
		lines = append(lines, map[string]any{"name": name, "value": fmt.Sprint(fields[name])})
	}
	message["headers"] = lines
}
