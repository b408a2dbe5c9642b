package format_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/format"
)

// What other programs write, read in Berlin.
func TestOtherPrograms(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	tests := map[string]struct {
		entries []string
		left    string
	}{
		"asana.csv": {[]string{
			"2026-02-01 open Write the report",
			" done Book a room",
		}, "Task ID (2 entries), Created At (2 entries), Last Modified (2 entries), Section/Column (2 entries), Projects (2 entries), Notes (1 entry), time of Completed At (1 entry)"},
		"book.csv": {[]string{
			"2018-12-19 open Dentist",
			"2018-12-20 open Shopping",
			"2018-12-19 open Movies",
		}, ""},
		"google.json": {[]string{
			"2026-02-01 open Buy milk",
			" done Wash the car",
		}, "notes (1 entry), kind (2 entries), id (2 entries), time of completed (1 entry), title of a list (2 entries)"},
		"microsoft.json": {[]string{
			"2026-02-01 open Buy milk",
			" done Wash the car",
			" open Ask the bank",
		}, "id (3 entries), importance (1 entry), time of completedDateTime (1 entry), body (1 entry), status waitingonothers, now open (1 entry)"},
		"milk.json": {[]string{
			"2026-02-01 open Buy milk",
			" done Wash the car",
		}, "name of a list (1 entry), id (2 entries), list_id (2 entries), priority (2 entries), time of date_completed (1 entry)"},
		"notion.csv": {[]string{
			"2026-02-01 open Buy milk",
			"2026-01-05 done Wash the car",
		}, "Tags (1 entry), time of Due (1 entry)"},
		"outlook.csv": {[]string{
			"2026-02-01 open Buy milk",
			" done Wash the car",
		}, "Priority (2 entries), Notes (1 entry), time of Date Completed (1 entry)"},
		"phone.ics": {[]string{
			"2026-02-01 open Müll rausbringen",
		}, ""},
		"reminders.ics": {[]string{
			"2026-02-01 open Buy milk",
			" done Wash the car",
		}, "CREATED (1 entry), time of DUE (1 entry), X-APPLE-SORT-ORDER (1 entry), VALARM (1 entry), time of COMPLETED (1 entry)"},
		"taskwarrior.json": {[]string{
			"2026-02-01 open Buy milk",
			" done Wash the car",
			" open Renew the passport",
			"2026-02-01 open Pay the rent",
		}, "entry (2 entries), modified (1 entry), project (1 entry), tags (1 entry), uuid (4 entries), urgency (1 entry), end (1 entry), all with status deleted (1 entry), wait (1 entry), status waiting, now open (1 entry), recur (1 entry), time of due (1 entry), status recurring, now open (1 entry)"},
		"things.json": {[]string{
			"2026-02-01 open Buy milk",
			" done Wash the car",
			" done Sell the car",
		}, "type (3 entries), tags (1 entry), canceled, now done (1 entry)"},
		"ticktick.csv": {[]string{
			"2026-02-01 open Buy milk",
			" done Wash the car",
		}, "line 1 before the headings (1 entry), line 2 before the headings (1 entry), line 3 before the headings (1 entry), List Name (2 entries), Kind (2 entries), Content (1 entry), Is Check list (2 entries), Priority (2 entries), Created Time (2 entries), Order (2 entries), Timezone (2 entries), Is All Day (1 entry), time of Completed Time (1 entry)"},
		"todo.txt": {[]string{
			"2026-02-01 open (A) Buy milk +home @shop",
			" done Wash the car",
			" open Renew the passport t:2026-06-01",
		}, "day of creation (2 entries), day of completion (1 entry)"},
		"todoist.csv": {[]string{
			"2026-02-01 open Buy milk",
			" open Water the plants",
			" open Call the plumber",
		}, "all with TYPE meta (1 entry), all with TYPE section (1 entry), PRIORITY (3 entries), INDENT (3 entries), DATE_LANG (3 entries), TIMEZONE (2 entries), DESCRIPTION (1 entry), DATE that repeats (1 entry), all with TYPE note (1 entry)"},
		"trello.csv": {[]string{
			"2026-02-01 open Paint the fence",
			" done Order paint",
		}, "Card ID (2 entries), Card URL (2 entries), List Name (2 entries), time of Due Date (1 entry), Card Description (1 entry)"},
		"trello.json": {[]string{
			"2026-02-01 open Paint the fence",
			" done Order paint",
		}, "id (2 entries), idList (2 entries), time of due (1 entry), desc (1 entry), name of a list (3 entries), actions (1 entry)"},
	}
	files, err := filepath.Glob("testdata/*.*")
	require.NoError(t, err)
	assert.Len(t, files, len(tests), "each file has its test")
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			file, err := os.Open(path)
			require.NoError(t, err)
			defer file.Close()
			f, ok := format.OfFile(path)
			require.True(t, ok)
			read, err := f.Read(file, berlin)
			require.NoError(t, err)
			var entries []string
			for _, e := range read.Entries {
				assert.Zero(t, e.ID)
				entries = append(entries, strings.Join([]string{e.Date.String(), e.Status.String(), e.Title}, " "))
			}
			assert.Equal(t, tests[name].entries, entries)
			assert.Equal(t, tests[name].left, strings.TrimPrefix(read.String(), "left out: "))
		})
	}
}
