// Package page holds the files of the page that people see in a browser: a program in JavaScript that uses the API as
// any other client does. They are part of the binary, and are served as they are.
package page
