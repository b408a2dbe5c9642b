// Package format reads and writes the entries of a list in the formats that
// other programs know.
//
// Reading is all or nothing: the first thing that is wrong is an [todo.Error]
// that names its line, and no entries are returned. What is read passes
// [todo.CheckTitle], its dates are valid, and an entry has its id where the
// file gives one, else 0. A byte-order mark, Windows line ends and a missing
// last newline are read as people mean them. A line or record of more than
// 64 KiB is an error. An error of the reader or writer itself is returned as it
// is.
//
// All functions may be called from any goroutine. Entries are written one by
// one, as they come.
//
// # What each format keeps
//
// json is one object a line. It keeps everything. An array of such objects is
// read as well, unknown fields are ignored.
//
// csv begins with the line id,date,status,title. It keeps everything but one
// thing: a carriage return right before a newline is lost. Columns are read by
// their names in any order, and only title must be there. A title that begins
// with = is written as it is, and a spreadsheet may take it for a formula.
//
// todo.txt has neither ids nor titles of several lines: ids are lost, and
// newlines become blanks. Done entries begin with "x ", and dates are written
// due:YYYY-MM-DD. A title that would be read as something else, such as one
// that begins with "x " or ends in a due: word, stands after one more blank and
// before a due: word, which is due:none where there is no date:
//
//	x Dentist due:2024-01-01
//	 x marks the spot due:none
//
// After such a blank a title is read as it is; elsewhere the dates of creation
// and completion are taken off. A due: word that is no date, as due:friday,
// stays in the title; one that is nearly a date, as due:2024-1-5, is an error.
//
// ics is a calendar of VTODO components. Carriage returns become newlines, as a
// calendar can't hold them, and other control characters but the tab become
// blanks. Ids are kept in UIDs of the form ID@LIST.todoshell; entries with
// other UIDs have no id. A time of day or a time zone is dropped from a date,
// which stays the one that is written.
package format
