// Package report shows what a simulation found out: as tables on a screen, as
// one JSON document, and as pictures.
//
//	                    ┌─ Text ──► title, tables, findings, how to run it again
//	simulations.Result ─┼─ JSON ──► one document, the same bytes for the same result
//	      ▲             └─ Draw ──► <scenario>-<chart>.png and .svg
//	      │
//	    Load ◄── <scenario>.json ◄── Save
//
// Terms. A result is what one run of a scenario left: tables of figures, charts
// over axes, and at most one mesh, which is a small network with the way of one
// query through it. A finding is a sentence on what the run teaches.
//
// Goals: a result that was saved and loaded again prints, saves and draws the
// same bytes as the one in memory. To this end a float64 cell is written with a
// point or an exponent even when it is whole, 100.0, so that it is told from the
// whole number 100. What JSON cannot say, NaN and the infinities, is not known:
// null in a row, left out of a chart.
//
// A result from a file is a stranger's: its texts are shown by
// share.DisplayName, its names are names of files only when they are plain
// words, and what is drawn is limited in size. Texts of pictures are set in the
// Liberation fonts, which are part of the program; SVG names fonts of the same
// widths to fall back on. Colours are those of Okabe and Ito and of viridis,
// which people with any kind of colour vision can tell apart; next to colour
// every line has its own marker.
//
// Non-goals: colour on the screen, cutting tables to fit, and working on the
// figures: what is shown is what the run put into its result.
//
// Nothing here starts a goroutine, and no clock and no chance from outside
// reaches a file.
package report
