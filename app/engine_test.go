package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/store"
	"todoshell/store/storetest"
	"todoshell/todo"
)

// A drawer is another storage engine: a store that also writes down which list each append
// was to, and which version it made.
type drawer struct {
	*store.Store
	ledger *os.File
}

func openDrawer(dir string, tell func(string)) (Store, error) {
	data, err := store.OpenTelling(dir, tell)
	if err != nil {
		return nil, err
	}
	ledger, err := os.OpenFile(filepath.Join(dir, "ledger"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, errors.Join(err, data.Close())
	}
	return &drawer{data, ledger}, nil
}

func (d *drawer) Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	v, err := d.Store.Append(ctx, name, after, next, b)
	if err == nil {
		_, err = fmt.Fprintf(d.ledger, "%q %d\n", name, v)
	}
	return v, err
}

func (d *drawer) Close() error { return errors.Join(d.ledger.Close(), d.Store.Close()) }

// Another engine passes the suite; the script other_command runs the program on it.
func TestAnotherEngine(t *testing.T) {
	var dir string
	var latest Store
	open := func(t *testing.T) cache.Log {
		t.Helper()
		data, err := openDrawer(dir, func(string) {})
		require.NoError(t, err)
		latest = data
		return data
	}
	storetest.Run(t, storetest.Engine{
		Open: func(t *testing.T) cache.Log {
			t.Helper()
			dir = t.TempDir()
			t.Cleanup(func() {
				require.NoError(t, latest.Close())
				ledger, err := os.ReadFile(filepath.Join(dir, "ledger"))
				require.NoError(t, err)
				assert.NotZero(t, strings.Count(string(ledger), "\n"))
			})
			return open(t)
		},
		Reopen: func(t *testing.T, _ cache.Log) cache.Log {
			t.Helper()
			require.NoError(t, latest.Close())
			return open(t)
		},
	})
}
