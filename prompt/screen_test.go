package prompt

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/require"
)

// A paper is what a terminal shows: rows of characters, each in its first
// column. It knows what a screen writes, and no more.
type paper struct {
	width    int
	rows     [][]rune
	row, col int
}

func (p *paper) Write(b []byte) (int, error) {
	text := []rune(string(b))
	for i := 0; i < len(text); i++ {
		switch r := text[i]; r {
		case '\r':
			p.col = 0
		case '\n':
			p.row++
		case '\x1b':
			n := 0
			for i += 2; text[i] >= '0' && text[i] <= '9' || text[i] == '?'; i++ {
				if text[i] == '?' {
					continue
				}
				n = n*10 + int(text[i]-'0')
			}
			switch text[i] {
			case 'A':
				p.row -= n
			case 'B':
				p.row += n
			case 'C':
				p.col++
			case 'J':
				p.at()
				clear(p.rows[p.row][p.col:])
				p.rows = p.rows[:p.row+1]
			}
		default:
			w := runewidth.RuneWidth(r)
			if p.col+w > p.width {
				p.row, p.col = p.row+1, 0
			}
			if w > 0 {
				p.at()[p.col] = r
			}
			p.col += w
		}
	}
	return len(b), nil
}

// at returns the row of the cursor.
func (p *paper) at() []rune {
	for len(p.rows) <= p.row {
		p.rows = append(p.rows, make([]rune, p.width))
	}
	return p.rows[p.row]
}

// text returns what is on the paper, and how much of it is before the cursor.
func (p *paper) text() (text []rune, before int) {
	for y, row := range p.rows {
		for x, r := range row {
			if r == 0 {
				continue
			}
			text = append(text, r)
			if y < p.row || y == p.row && x < p.col {
				before++
			}
		}
	}
	return text, before
}

// Whatever is typed where, the terminal shows the line with the cursor in its
// place, and nothing of what was there before.
func TestScreen(t *testing.T) {
	pieces := []string{"a", "b ", "買", "😀", "e\u0301", "❤\ufe0f", "👨\u200d👩", "👍🏽", "عر"}
	wide := func(text []rune) (shown []rune) {
		for _, r := range text {
			if runewidth.RuneWidth(r) > 0 {
				shown = append(shown, r)
			}
		}
		return shown
	}
	for _, width := range []int{12, 13, 20, 80} {
		random := rand.New(rand.NewPCG(1, uint64(width)))
		p := &paper{width: width}
		s := &screen{out: p, width: func() int { return width }, height: func() int { return 1 << 20 }}
		v := view{prompt: "買い> "}
		s.begin(v)
		for range 2000 {
			pos := random.IntN(len(v.line) + 1)
			if random.IntN(10) == 0 {
				v.line = v.line[:pos]
			} else {
				piece := []rune(pieces[random.IntN(len(pieces))])
				v.line = append(v.line[:pos:pos], append(piece, v.line[pos:]...)...)
			}
			v.pos, v.hint = random.IntN(len(v.line)+1), "WHEN"[random.IntN(5):]
			if random.IntN(4) == 0 {
				continue // more has been typed
			}
			s.draw(v)
			all := []rune(v.prompt + string(v.line))
			text, before := p.text()
			want := strings.TrimRight(string(wide(all)), " ")
			got := string(text)
			require.True(t, strings.HasPrefix(got, want), "%q in %d columns is %q", want, width, got)
			require.Contains(t, []string{"", "WHEN", "HEN", "EN", "N"}, strings.TrimLeft(got[len(want):], " "))
			require.Len(t, wide(all[:len(all)-len(v.line)+v.pos]), before, "%q at %d in %d columns", string(v.line), v.pos, width)
			if v.pos == len(v.line) || runewidth.RuneWidth(v.line[v.pos]) > 0 {
				require.Less(t, p.col, width)
			}
		}
	}
}

// resize makes the paper as wide, as most terminals do: rows that flow into each
// other are wrapped anew, and the cursor stays where it is in them.
func (p *paper) resize(width int) {
	all, cursor := []rune{}, 0
	for y, row := range p.rows {
		if y == p.row {
			cursor = len(all) + p.col
		}
		all = append(all, row...)
	}
	for len(all) > 0 && all[len(all)-1] == 0 && len(all) > cursor+1 {
		all = all[:len(all)-1]
	}
	*p = paper{width: width, row: cursor / width, col: cursor % width}
	for len(all) > 0 {
		row := make([]rune, width)
		all = all[copy(row, all):]
		p.rows = append(p.rows, row)
	}
}

// A terminal that becomes wider or narrower shows the line once, and its hint.
func TestResize(t *testing.T) {
	line := []rune("add Bob none " + strings.Repeat("word ", 30) + "end")
	for _, pos := range []int{0, 50, len(line)} {
		p := &paper{width: 40}
		s := &screen{out: p, width: func() int { return p.width }, height: func() int { return 100 }}
		v := view{prompt: "todoshell> ", edit: edit{line, pos}}
		s.begin(v)
		for _, width := range []int{80, 200, 40, 23, 61, 7, 300, 200, 80, 40} {
			if v.hint = ""; pos == len(line) {
				v.hint = " HINT"
			}
			p.resize(width)
			s.draw(v)
			text, before := p.text()
			require.Equal(t, v.prompt+string(line), strings.TrimSuffix(strings.TrimRight(string(text), " "), " HINT"), "in %d columns", width)
			require.Len(t, []rune(v.prompt+string(line[:pos])), before, "in %d columns", width)
		}
	}
}
