// Package format reads and writes files with to-do entries, for exchange with other
// programs: csv, json, todo.txt and ics. It imports what those programs export, which
// seldom follows one standard.
//
// Reading is all or nothing: the first thing that is wrong is an [todo.Error]
// that names its line, and no entries are returned. What is read passes
// [todo.CheckTitle], its dates are valid, and an entry has its id where the
// file gives one, else 0. A byte-order mark, UTF-16, Windows line ends and a
// missing last newline are read as people mean them. An error of the reader or
// writer itself is returned as it is.
//
// An entry that has something but no title gets the first line of its note, or
// [Untitled]; one that has nothing is none. What a file says of entries beyond
// what they have a place for is in [Import.LeftOut], with how many entries had
// it, and so is each thing that they have otherwise than the file.
//
// A file has at most [MaxEntries] entries and [MaxBytes] bytes; a line or record
// of more than 64 KiB is an error. Reading takes time and memory in proportion
// to the file's length.
//
// The day of an entry is that on which a moment falls in the zone that is given
// to [Format.Read]; a time without a zone is the user's.
//
// Whether an entry is done is said by its status, else by whether or when it was
// completed, else by a percentage of 100. What was cancelled is done, what was
// deleted is left out.
//
// All functions may be called from any goroutine. Entries are written one by
// one, as they come.
//
// # What each format keeps
//
// json is one object a line. It keeps everything. Arrays of objects and objects
// that hold such arrays are read as well.
//
// csv begins with the line id,date,status,title, and keeps everything. A ' stands
// before what a spreadsheet would carry out: cells that match ^'*[=+\-@\t\r]. It is
// taken off again. Between columns may be semicolons or tabs as well.
//
// Members of json and columns of csv are known by the names that other programs
// use, as docs/formats.md has them.
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
// After such a blank a title is read as it is; elsewhere the days of creation
// and completion are left out. A due: word that is no date, as due:friday,
// stays in the title; one that is nearly a date, as due:2024-1-5, is an error.
//
// ics is a calendar of VTODO components. Carriage returns become newlines, as a
// calendar can't hold them, and other control characters but the tab become
// blanks. Ids are kept in UIDs of the form ID@LIST.todoshell; entries with
// other UIDs have no id. What is done was completed when the file was written,
// for all that a list can tell. vCalendar 1.0 is read as well.
package format
