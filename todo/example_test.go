package todo_test

import (
	"errors"
	"fmt"
	"os"
	"time"

	"todoshell/todo"
)

// A draft changes a list; the list itself stays as it was.
func Example() {
	var before todo.List
	newYear, _ := todo.NewDate(2024, time.January, 1)

	draft := before.Draft()
	for _, title := range []string{"Dentist", "Shopping"} {
		if _, err := draft.Add(newYear, title); err != nil {
			panic(err)
		}
	}
	after := draft.Snapshot()

	fmt.Fprintln(os.Stdout, before.Len(), after.Len())
	for e := range after.Entries(todo.Span{From: newYear, To: newYear}) {
		fmt.Fprintln(os.Stdout, e.ID, e.Date, e.Status, e.Title)
	}
	// Output:
	// 0 2
	// 1 2024-01-01 open Dentist
	// 2 2024-01-01 open Shopping
}

// What the journal keeps of a command is enough to do it again.
func ExampleList_Apply() {
	var list, again todo.List
	draft := list.Draft()
	_, _ = draft.Add(0, "Learn Go")
	_, _ = draft.SetTitle(1, "Learn more Go")
	_, _ = draft.Finish(1)

	for _, change := range draft.Changes {
		var err error
		if again, err = again.Apply(change); err != nil {
			panic(err)
		}
		fmt.Fprintln(os.Stdout, change.Rev, change.Kind, change.Entries()[0].Title)
	}
	e, _ := again.Entry(1)
	fmt.Fprintln(os.Stdout, e.Status, e.Title)
	// Output:
	// 1 add Learn Go
	// 2 update Learn more Go
	// 3 done Learn more Go
	// done Learn more Go
}

// Of several ids, all are finished or none.
func ExampleDraft_Finish() {
	var list todo.List
	draft := list.Draft()
	_, _ = draft.Add(0, "Dentist")

	_, err := draft.Finish(1, 7)
	fmt.Fprintln(os.Stdout, err, errors.Is(err, &todo.Error{Code: todo.UnknownID}))
	fmt.Fprintln(os.Stdout, draft.Open(), "open")
	// Output:
	// there is no entry 7; see: entries LIST true
	// 1 open
}

func ExampleDraft_Undo() {
	var list todo.List
	draft := list.Draft()
	_, _ = draft.Add(0, "Dentist")
	_, _ = draft.Delete(1)

	back, _ := draft.Undo()
	fmt.Fprintln(os.Stdout, back[0].ID, back[0].Title, draft.Len())
	_, _ = draft.Undo()
	fmt.Fprintln(os.Stdout, draft.Len())
	_, _ = draft.Redo()
	fmt.Fprintln(os.Stdout, draft.Len())
	// Output:
	// 1 Dentist 1
	// 0
	// 1
}

func ExampleParseDate() {
	today, _ := todo.NewDate(2024, time.January, 31) // a Wednesday
	for _, word := range []string{"2024-02-29", "tomorrow", "fri", "+1m", "none", "01/02/2024"} {
		date, err := todo.ParseDate(word, today)
		fmt.Fprintf(os.Stdout, "%s: %q %v\n", word, date, err)
	}
	// Output:
	// 2024-02-29: "2024-02-29" <nil>
	// tomorrow: "2024-02-01" <nil>
	// fri: "2024-02-02" <nil>
	// +1m: "2024-02-29" <nil>
	// none: "" <nil>
	// 01/02/2024: "" "01/02/2024" is no date; write 2024-01-02 or 2024-02-01
}

func ExampleParseSpan() {
	today, _ := todo.NewDate(2024, time.January, 31)
	for _, words := range []string{"today", "week", "month", "today..+2w", "2024-12-01..", "overdue"} {
		span, _ := todo.ParseSpan(words, today)
		fmt.Fprintln(os.Stdout, words, "is", span)
	}
	// Output:
	// today is 2024-01-31..2024-01-31
	// week is 2024-01-29..2024-02-04
	// month is 2024-01-01..2024-01-31
	// today..+2w is 2024-01-31..2024-02-14
	// 2024-12-01.. is 2024-12-01..9999-12-31
	// overdue is 0001-01-01..2024-01-30
}
