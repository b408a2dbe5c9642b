package repl

import (
	"fmt"
	"strings"

	"todoshell/todo"
)

// filePath returns the path that a word names. As in other shells, ~ at its beginning
// stands for the home folder, unless it is quoted. Raw is the word as it was typed.
func (s *Session) filePath(raw, word string) (string, error) {
	user, _, _ := strings.Cut(raw, "/")
	switch {
	case !strings.HasPrefix(user, "~") || strings.ContainsAny(user, `"'\`):
		return word, nil
	case user != "~": // the home of another user: on which machine, if the session is on another one?
		return "", &todo.Error{Code: BadFile, Message: fmt.Sprintf("%s: ~ stands for your own home folder only", user),
			Hint: fmt.Sprintf("write the whole path; a file that is named so is quoted: %q", word)}
	case s.env.Home == "":
		return "", &todo.Error{Code: BadFile, Message: word + ": there is no home folder", Hint: "set HOME, or write the whole path"}
	}
	if path := strings.TrimRight(s.env.Home, "/") + word[1:]; path != "" {
		return path, nil
	}
	return "/", nil
}

// lastRaw returns the last word of a text, with its quotes.
func lastRaw(text string) (raw string) {
	for rest := text; ; {
		word, after, err := nextWord(rest)
		if err != nil || word == "" {
			return raw
		}
		raw, rest = word, after
	}
}

const inHome = "~/"

// completePath returns the paths that a word can become. Those in the home folder keep
// their ~. A file whose name begins with ~ gets a ./ before it, to tell it from those.
func (s *Session) completePath(raw, prefix string) (words []Word, more bool) {
	path, err := s.filePath(raw, prefix)
	if err == nil && path != prefix {
		if prefix == "~" {
			return []Word{{Text: inHome}}, false
		}
		words, more = s.env.Files.Complete(path)
		home := path[:len(path)-len(prefix)+len("~")]
		for i, w := range words {
			words[i].Text = "~" + strings.TrimPrefix(w.Text, home)
		}
		return words, more
	}
	words, more = s.env.Files.Complete(prefix)
	for i, w := range words {
		if strings.HasPrefix(w.Text, "~") {
			words[i].Text = "./" + w.Text
		}
	}
	return words, more
}

// quotePath is Quote for a word that may be in the home folder: its ~ stays as it is.
func quotePath(path string) string {
	if rest, ok := strings.CutPrefix(path, inHome); ok && rest != "" {
		return inHome + Quote(rest)
	}
	return Quote(path)
}
