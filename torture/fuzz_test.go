package torture

import (
	"bytes"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each fuzz target of the module runs for its share of the time.
func TestFuzz(t *testing.T) {
	if long(t) == 0 {
		t.Skip("make fuzz runs the fuzz targets for a while; here they run in the long form alone")
	}
	targets := fuzzTargets(t)
	run(t, 1, func(p *part) {
		for i, f := range targets {
			f.run(p, time.Until(p.end)/time.Duration(len(targets)-i))
		}
	})
}

// A fuzzTarget is one of the module's fuzz targets in a test binary that is made
// for fuzzing: to build it would be most of the work in a short time.
type fuzzTarget struct {
	name   string
	pkg    string
	dir    string // of the package, where a failing input is written to
	binary string
	corpus string // where go test keeps the inputs that it has found
}

var fuzzName = regexp.MustCompile(`^Fuzz\w*$`)

func fuzzTargets(t *testing.T) (targets []fuzzTarget) {
	t.Helper()
	temp := t.TempDir()
	goCache := strings.TrimSpace(goTool(t, "env", "GOCACHE"))
	for place := range strings.Lines(goTool(t, "list", "-f", "{{.ImportPath}} {{.Dir}}", "todoshell/...")) {
		pkg, dir, _ := strings.Cut(strings.TrimSpace(place), " ")
		if pkg == "todoshell/torture" {
			continue // which is running
		}
		f := fuzzTarget{pkg: pkg, dir: dir, binary: filepath.Join(temp, path.Base(pkg)+".test"),
			corpus: filepath.Join(goCache, "fuzz", filepath.FromSlash(pkg))}
		for name := range strings.Lines(goTool(t, "test", "-list", "^Fuzz", pkg)) {
			if f.name = strings.TrimSpace(name); fuzzName.MatchString(f.name) {
				targets = append(targets, f)
			}
		}
		if len(targets) > 0 && targets[len(targets)-1].pkg == pkg {
			goTool(t, "test", "-c", "-fuzz", "^Fuzz", "-o", f.binary, pkg)
		}
	}
	require.NotEmpty(t, targets, "the module has fuzz targets")
	return targets
}

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Env = append(os.Environ(), "TORTURE=") // for tests that are listed
	output, err := c.Output()
	require.NoError(t, err, "go %s: %s", strings.Join(args, " "), output)
	return string(output)
}

var execs = regexp.MustCompile(`execs: (\d+)`)

// run looks for an input that fails, as go test -fuzz does.
func (f *fuzzTarget) run(p *part, share time.Duration) {
	p.Helper()
	share = max(share, time.Second).Round(time.Millisecond)
	c := exec.CommandContext(p.Context(), f.binary, "-test.run=^$", "-test.fuzz=^"+f.name+"$",
		"-test.fuzztime="+share.String(), "-test.fuzzcachedir="+f.corpus)
	c.Dir = f.dir
	output, err := c.CombinedOutput()
	if err != nil && !endedLate(output) {
		p.err("%s %s: %v\n%s", f.pkg, f.name, err, output)
	}
	all := execs.FindAllSubmatch(output, -1)
	if len(all) == 0 {
		p.err("%s %s tried nothing: %s", f.pkg, f.name, output)
		return
	}
	n, err := strconv.ParseInt(string(all[len(all)-1][1]), 10, 64)
	require.NoError(p, err)
	p.operations.Add(n)
}

// endedLate tells whether go test calls its own end of the time a failure, as it
// does now and then before Go 1.27: https://go.dev/issue/75804. An input that
// fails is written down.
func endedLate(output []byte) bool {
	return bytes.Contains(output, []byte("context deadline exceeded")) && !bytes.Contains(output, []byte("Failing input"))
}
