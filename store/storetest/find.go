package storetest

import (
	"bytes"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// Find finds titles as they are now, in the order of the lists' names and of their entries.
func find(b *bench) {
	t := b.t
	for _, name := range []string{"Bob", "Bobby", "alice", "Ärger"} {
		b.change(name, add(200, "Dentist"))
		b.change(name, add(100, "the Dentist's bill"))
		b.change(name, add(300, "milk"))
		b.change(name, finish(1))
	}
	b.change("Bobby", func(d *todo.Draft) error { _, err := d.SetTitle(1, "Barber"); return err })
	b.change("alice", (*todo.Draft).Drop)
	b.change("alice", add(0, "no Dentist any more"))
	for range 2 {
		for _, prefix := range []string{"", "Bob", "Bobb", "nobody"} {
			for _, from := range []string{"", "Boba", "b", "\u00c5"} {
				want := []todo.Found{}
				for h, err := range b.Heads(t.Context(), prefix, from) {
					require.NoError(t, err)
					for e := range b.load(h.Name).Entries(todo.Always) {
						if bytes.Contains([]byte(e.Title), []byte("Dentist")) {
							want = append(want, todo.Found{List: h.Name, Entry: e})
						}
					}
				}
				got := all(t, b.Find(t.Context(), prefix, from, func(title []byte) bool { return bytes.Contains(title, []byte("Dentist")) }))
				assert.Equal(t, want, got, "%q from %q", prefix, from)
			}
		}
		b.reopen()
	}
}
