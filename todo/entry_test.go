package todo_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

func TestEntryOrder(t *testing.T) {
	sorted := []todo.Entry{
		{ID: 9, Date: todo.MinDate},
		{ID: 2, Date: day("2024-01-01")},
		{ID: 10, Date: day("2024-01-01")},
		{ID: 1, Date: todo.MaxDate},
		{ID: 1},
		{ID: 1 << 63},
	}
	for i, a := range sorted {
		assert.Zero(t, a.Compare(a))
		for _, b := range sorted[:i] {
			assert.Positive(t, a.Compare(b))
			assert.Negative(t, b.Compare(a))
		}
	}
	assert.True(t, slices.IsSortedFunc(sorted, todo.Entry.Compare))
}

func TestStatusWords(t *testing.T) {
	for _, status := range []todo.Status{todo.Open, todo.Done} {
		again, err := todo.ParseStatus(status.String())
		require.NoError(t, err)
		assert.Equal(t, status, again)
	}
	for _, word := range []string{"", "Open", "finished"} {
		_, err := todo.ParseStatus(word)
		require.ErrorIs(t, err, &todo.Error{Code: todo.BadStatus})
	}
}

// The numbers and the words are kept on disk and in scripts.
func TestKindsStayAsTheyAre(t *testing.T) {
	words := []string{"unknown", "add", "update", "done", "reopen", "delete", "import", "undo", "redo", "drop", "unknown"}
	for number, word := range words {
		kind := todo.Kind(number)
		assert.Equal(t, word, kind.String())
		assert.Equal(t, word != "unknown", kind.Valid())
	}
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"B", "Bob's list", "..", "a/b", "買い物", "\u200bx", strings.Repeat("x", todo.MaxName)} {
		require.NoError(t, todo.CheckName(name), "%q", name)
	}
	for name, code := range map[string]todo.Code{
		"":                                    todo.BadName,
		".":                                   todo.BadName,
		"a\tb":                                todo.BadName,
		"a\u0085b":                            todo.BadName,
		"a\x7f":                               todo.BadName,
		strings.Repeat("x", todo.MaxName+1):   todo.BadName,
		strings.Repeat("é", todo.MaxName/2+1): todo.BadName, // the limit counts bytes
		"a\xff":                               todo.BadUTF8,
		" ":                                   todo.BadName,
		"\u00a0\u200b":                        todo.BadName,
	} {
		require.ErrorIs(t, todo.CheckName(name), &todo.Error{Code: code}, "%q", name)
	}
}

func TestCheckTitle(t *testing.T) {
	for _, title := range []string{"x", " x", "two\nlines", strings.Repeat("x", todo.MaxTitle)} {
		require.NoError(t, todo.CheckTitle(title))
	}
	for title, code := range badTitles {
		require.ErrorIs(t, todo.CheckTitle(title), &todo.Error{Code: code})
	}
}

var badTitles = map[string]todo.Code{
	"":                                   todo.BadTitle,
	strings.Repeat("x", todo.MaxTitle+1): todo.BadTitle,
	"a\xff":                              todo.BadUTF8,
	" \t\n":                              todo.BadTitle,
	"\u2028":                             todo.BadTitle,
}

func TestBlank(t *testing.T) {
	for _, text := range []string{"", " ", "\t\r\n\v\f", "\x00\x7f", "\u0085\u00a0\u00ad", "\u034f", "\u115f\u1160\u3164\uffa0", "\u17b4", "\u180e\u180b",
		"\u2000\u200a\u200b\u200d\u200f", "\u2028\u2029\u202e\u202f\u205f", "\u2060\u2066", "\u2800", "\u3000", "\ufe0f", "\ufeff", "\U000e0100\U000e0041"} {
		assert.True(t, todo.Blank(text), "%+q", text)
	}
	for _, text := range []string{"x", "\u200bx", " .", "é", "\u0301", "\u0600", "買", "\U0001f469\u200d\U0001f680", "\ue000", "\xff"} {
		assert.False(t, todo.Blank(text), "%+q", text)
	}
}

func TestShown(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		strings.Repeat("x", 100):  strings.Repeat("x", 100),
		strings.Repeat("x", 101):  strings.Repeat("x", 97) + "…",
		strings.Repeat("é", 51):   strings.Repeat("é", 48) + "…",
		strings.Repeat("買", 1000): strings.Repeat("買", 32) + "…",
	} {
		assert.Equal(t, want, todo.Shown(text))
	}
	assert.LessOrEqual(t, len(todo.Shown(strings.Repeat("\xbf", 200))), 100, "what is no UTF-8 is cut as well")
}

func TestError(t *testing.T) {
	plain := &todo.Error{Code: todo.UnknownID, Message: "there is no entry 7"}
	hinted := &todo.Error{Code: todo.BadDate, Message: `"x" is no date`, Hint: "write none"}
	assert.Equal(t, "there is no entry 7", plain.Error())
	assert.Equal(t, `"x" is no date; write none`, hinted.Error())

	wrapped := fmt.Errorf("Bob: %w", plain)
	require.ErrorIs(t, wrapped, &todo.Error{Code: todo.UnknownID})
	require.NotErrorIs(t, wrapped, &todo.Error{Code: todo.BadDate})
	require.NotErrorIs(t, wrapped, errors.ErrUnsupported)
	require.NotErrorIs(t, todo.ErrConflict, todo.ErrOutcomeUnknown)
}
