//go:build linux

package torture

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
)

// A shownEntry is an entry as a node shows it.
type shownEntry struct {
	ID            uint64
	Title, Status string
}

// A shownList is a list as a node shows it.
type shownList struct {
	Revision uint64
	Entries  []shownEntry
}

// written returns the entries as the model has them.
func (l shownList) written() string {
	slices.SortFunc(l.Entries, func(a, b shownEntry) int { return cmp.Compare(a.ID, b.ID) })
	var b strings.Builder
	for _, e := range l.Entries {
		fmt.Fprintf(&b, "%d:%s", e.ID, e.Title)
		if e.Status == "done" {
			b.WriteByte('!')
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// A final is a list in the end, with its log, as all nodes show it.
type final struct {
	*trio
	name string
	shownList
	log []toldChange
}

// found compares what was answered to who added an entry with what there is in the end.
func (f *final) found(there map[string]int, id uint64, title string) {
	f.Helper()
	at, ok := slices.BinarySearchFunc(f.Entries, id, func(e shownEntry, id uint64) int { return cmp.Compare(e.ID, id) })
	switch {
	case there[title] == 0:
		f.lose("%q of list %q", title, f.name)
	case there[title] > 1:
		f.err("%q is in list %q %d times", title, f.name, there[title])
	case !ok || f.Entries[at].Title != title:
		f.err("the entry %d of list %q does not have the title %q, whose adding was answered with that id", id, f.name, title)
	}
	delete(there, title)
}

// titles counts the titles.
func (f *final) titles() map[string]int {
	there := make(map[string]int)
	for _, e := range f.Entries {
		there[e.Title]++
	}
	return there
}

// ids tells whether the ids are 1 to n without a gap, as they must be where entries are only added.
func (f *final) ids() {
	f.Helper()
	for i, e := range f.Entries {
		if e.ID != uint64(i+1) {
			f.err("the entry at place %d of %q has the id %d", i+1, f.name, e.ID)
			return
		}
	}
}

// final reads a list and its log from one node.
func (m *machine) final(name string) *final {
	m.Helper()
	f := &final{trio: m.trio, name: name}
	var page struct {
		shownList
		Next string
	}
	for cursor := ""; ; cursor = page.Next {
		page.Entries, page.Next = nil, ""
		m.page("/v1/lists/"+url.PathEscape(name)+"/entries?limit=10000&cursor="+url.QueryEscape(cursor), &page)
		f.Revision, f.Entries = page.Revision, append(f.Entries, page.Entries...)
		if page.Next == "" {
			break
		}
	}
	slices.SortFunc(f.Entries, func(a, b shownEntry) int { return cmp.Compare(a.ID, b.ID) })
	for from := uint64(1); from > 0; {
		var changes struct {
			Changes []toldChange
			Next    uint64
		}
		m.page(fmt.Sprintf("/v1/lists/%s/log?limit=10000&from=%d", url.PathEscape(name), from), &changes)
		f.log, from = append(f.log, changes.Changes...), changes.Next
	}
	return f
}

// names returns the lists of a node with what it says of each.
func (m *machine) names() map[string]string {
	m.Helper()
	names := make(map[string]string)
	for cursor := ""; ; {
		var page struct {
			Lists []struct {
				Name                    string
				Revision, Entries, Open uint64
			}
			Next string
		}
		m.page("/v1/lists?limit=1000&cursor="+url.QueryEscape(cursor), &page)
		for _, l := range page.Lists {
			names[l.Name] = fmt.Sprint(l.Revision, l.Entries, l.Open)
		}
		if cursor = page.Next; cursor == "" {
			return names
		}
	}
}

func (m *machine) page(path string, into any) {
	m.Helper()
	status, body := m.get(m.site()+path, await.Left(m.T))
	require.Equal(m, http.StatusOK, status, "%s on node %d says %s", path, m.number, body)
	require.NoError(m, json.Unmarshal([]byte(body), into))
}

// equalize waits until all nodes have the same lists, and returns how long that took. Nothing must
// be changed meanwhile.
func (t *trio) equalize(patience time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		different := t.different()
		took := time.Since(began)
		if different == "" {
			return took
		}
		if took > patience {
			t.err("after %v the nodes have different lists: %s", took, different)
			return took
		}
		<-time.After(10 * time.Millisecond)
	}
}

// different says in which list nodes differ, by their overviews, "" where they are equal.
func (t *trio) different() string {
	t.Helper()
	names := t.machines[0].names()
	for _, m := range t.machines[1:] {
		others := m.names()
		if len(others) != len(names) {
			return fmt.Sprintf("node 0 has %d lists, and node %d %d", len(names), m.number, len(others))
		}
		for name, is := range names {
			if others[name] != is {
				return fmt.Sprintf("node 0 has %q at revision, entries, open %s, and node %d %s", name, is, m.number, others[name])
			}
		}
	}
	return ""
}

// finals reads all lists, or some of them, from all nodes, which must show the same.
func (t *trio) finals(which func(name string) bool) map[string]*final {
	t.Helper()
	all := make(map[string]*final)
	for name := range t.machines[0].names() {
		if !which(name) || t.Failed() {
			continue
		}
		for late := time.Now().Add(settled); ; <-time.After(100 * time.Millisecond) {
			all[name] = t.machines[0].final(name)
			why := ""
			for _, m := range t.machines[1:] {
				why += all[name].unlike(m.final(name))
			}
			if why == "" {
				break
			}
			if time.Now().After(late) {
				t.err("nodes show different things of %q: %s", name, why)
				break
			}
		}
	}
	return all
}

// settled is after what time a node has given up what a client has long stopped waiting for.
const settled = 15 * time.Second

// unlike says how a list differs from that of another node, "" where it does not.
func (f *final) unlike(other *final) string {
	for i, c := range f.log[:min(len(f.log), len(other.log))] {
		if c.text() != other.log[i].text() {
			return fmt.Sprintf("change %d of %d is %s, and %s", i, len(f.log), c.text(), other.log[i].text())
		}
	}
	switch {
	case len(f.log) != len(other.log):
		return fmt.Sprintf("%d changes, and %d", len(f.log), len(other.log))
	case fmt.Sprint(f.shownList) != fmt.Sprint(other.shownList):
		return fmt.Sprintf("%v, and %v", f.shownList, other.shownList)
	}
	return ""
}
