package scenario

import (
	"slices"
	"testing"

	"starling/simulations"
)

// world of rows by the liars in it.
func byLiars(rows []simulations.Row) map[string]simulations.Row {
	out := map[string]simulations.Row{}
	for _, row := range rows {
		out[row["liars"].(string)] = row
	}
	return out
}

func TestLiars(t *testing.T) {
	r := ran(t, "liars", "nodes=300", "search.count=40", "liars.droppers=0.2", "content.copies=[0.004, 0.02]")
	rows := byLiars(rowsOf(t, r, "liars"))
	if len(rows) != 10 {
		t.Fatalf("%d worlds", len(rows))
	}
	honest := rows[nobody]
	if honest["success_percent"] != 100.0 || honest["recall_percent"] != 100.0 || honest["byes"] != 0 || honest["nodes"] != 0 {
		t.Errorf("%v", honest)
	}
	for name, row := range rows {
		if row["forged"] != 0 || row["questions"] != 40 || number(row["success_percent"]) > 100 {
			t.Errorf("%s: %v", name, row)
		}
	}
	for name, want := range map[string]int{"forgers": 15, "spammers": 6, "droppers": 60, "inflators": 6, "deflators": 30, "flooders": 3, quiet: 3, disguised: 3, everybody: 120} {
		if rows[name]["nodes"] != want {
			t.Errorf("%d %s", rows[name]["nodes"], name)
		}
	}
	if f := rows["forgers"]; f["byes"].(int) < 15 || number(f["liar_links_percent"]) > 10 || number(f["success_percent"]) < 95 {
		t.Errorf("forgers: %v", f)
	}
	if d := rows["droppers"]; number(d["recall_percent"]) > 90 || d["byes"] != 0 || number(d["messages"]) != number(honest["messages"]) {
		t.Errorf("droppers: %v", d)
	}
	if i := rows["inflators"]; number(i["messages"]) < 1.2*number(honest["messages"]) || i["success_percent"] != 100.0 {
		t.Errorf("inflators: %v", i)
	}
	shown := byLiars(rowsOf(t, r, "shown"))
	if shown["spammers"]["misfits"].(int) < 40*6 || shown[nobody]["misfits"] != 0 || shown["forgers"]["shown"].(int) > shown[nobody]["shown"].(int) {
		t.Errorf("%v", shown)
	}
	flooders := byLiars(rowsOf(t, r, "flooders"))
	if f := flooders["flooders"]; f["kept"] != 0 || number(f["cut_last_s"]) > 10 || number(f["cut_s"]) > number(f["cut_last_s"]) || f["cut"] != 24 {
		t.Errorf("loud: %v", f)
	}
	if f := flooders[quiet]; f["queries"].(int) < 3*5*7 || f["queries"].(int) > 3*5*9 {
		t.Errorf("quiet: %v", f)
	}
	for _, row := range rowsOf(t, r, "byes") {
		if row["liars"] == "forgers" && (row["why"] != "forged" || row["of_honest"] != 0) {
			t.Errorf("%v", row)
		}
	}
	if holders := rowsOf(t, r, "holders"); len(holders) != 20 || holders[0]["holders"] != 1 || holders[1]["holders"] != 6 || holders[0]["questions"] != 20 {
		t.Errorf("%v", holders)
	}
}

// Only the liars that there are have a world, and all of them only if there are two
// kinds.
func TestLiarsThatThereAre(t *testing.T) {
	for _, tt := range []struct {
		settings []string
		want     []string
	}{
		{[]string{"liars.forgers=0", "liars.spammers=0", "liars.droppers=0", "liars.inflators=0", "liars.deflators=0", "liars.flooders=0"}, []string{nobody}},
		{[]string{"liars.spammers=0", "liars.droppers=0", "liars.inflators=0", "liars.deflators=0", "liars.flooders=0"}, []string{nobody, "forgers"}},
		{[]string{"liars.spammers=0", "liars.droppers=0", "liars.forgers=0", "liars.deflators=0"}, []string{nobody, "inflators", "flooders", quiet, disguised, everybody}},
	} {
		var got []string
		for _, row := range rowsOf(t, ran(t, "liars", append(tt.settings, "nodes=100", "search.count=3", "search.ttl=3")...), "liars") {
			got = append(got, row["liars"].(string))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("worlds of %v, want %v", got, tt.want)
		}
	}
}
