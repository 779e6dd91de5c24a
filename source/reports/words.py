"""The words of the pages, in English and in German: both change together.

``{}`` and ``{name}`` are filled in by ``str.format``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from source.reports.money import Language
from source.reports.span import Step


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    report: str
    whole_house: str
    until: str
    so_far: str
    made: str
    by_step: Mapping[Step, str]
    """What is shown hour by hour, …"""
    step: Mapping[Step, str]
    """Head of a table's first column."""

    # --- figures ---
    energy: str
    returned: str
    cost: str
    revenue: str
    balance: str
    base_in_cost: str
    mean_price: str
    switch_ons: str
    longest_gap: str
    failed_polls: str
    set_aside_note: str
    share: str
    device: str
    together: str

    # --- completeness ---
    completeness: str
    measured: str
    estimated: str
    missing: str
    missing_key: str
    completeness_note: str
    begins_note: str
    base_note: str
    compact_head: str
    short_head: str
    assumed_note: str
    left_out: str
    missing_in_mean: str
    hatched_hours: str

    # --- charts ---
    energy_chart: str
    energy_chart_text: str
    cost_chart: str
    cost_chart_text: str
    load_chart: str
    load_chart_text: str
    price_chart: str
    price_chart_text: str
    range_chart_text: str
    range_key: str
    mean_key: str
    week_chart: str
    week_chart_text: str
    fed_in_mark: str
    weekday: str
    as_table: str
    lowest: str
    highest: str

    # --- sections ---
    devices: str
    figures: str
    energy_and_cost: str
    shares: str
    standby: str
    standby_note: str
    standby_power: str
    per_year: str
    cost_per_year: str
    night_saving: str
    dark_note: str
    runs: str
    one_run: str
    several_runs: str
    count: str
    energy_each: str
    cost_each: str
    begin: str
    duration: str
    peak: str
    program: str
    too_narrow: str

    def run_count(self, count: int) -> str:
        """So many runs."""
        return self.one_run if count == 1 else self.several_runs.format(count=count)


ENGLISH = Words(
    report="Energy report",
    whole_house="Whole house",
    until="{start} to {end} · {zone}",
    so_far="so far",
    made="Made on {time}",
    by_step={"hour": "hour by hour", "day": "day by day", "month": "by month", "year": "by year"},
    step={"hour": "Hour", "day": "Day", "month": "Month", "year": "Year"},
    energy="Energy taken",
    returned="Fed in",
    cost="Cost",
    revenue="Revenue",
    balance="Cost less revenue",
    base_in_cost="{amount} of it base price",
    mean_price="Mean price",
    switch_ons="Switched on",
    longest_gap="Longest gap",
    failed_polls="Failed polls",
    set_aside_note="A counter jumped further than the socket can carry: {energy} are not counted.",
    share="Share",
    device="Device",
    together="Together",
    completeness="Completeness",
    measured="measured",
    estimated="estimated",
    missing="missing",
    missing_key="missing time (below the bars)",
    completeness_note="Share of the time. Measured: the energy is known where it flowed. Estimated:"
    " its sum is known from the socket's counter, but not when in a gap it flowed. Missing: nobody"
    " knows; it is not in any figure.",
    begins_note="The records begin on {time}. Of the energy before, nothing is in the figures.",
    base_note="The base price counts from then on.",
    compact_head="Measured / estimated / missing in %",
    short_head="Meas. / est. / missing %",
    assumed_note="The market price of {energy} ({percent}) is not known yet. They are charged at"
    " the price that is agreed for this case: these amounts are provisional.",
    left_out="Not in the house total, since another device measures the same energy: {names}.",
    missing_in_mean="{percent} of the time is missing: the means are those of the rest.",
    hatched_hours="Of hatched hours nothing is known.",
    energy_chart="Energy {step}",
    energy_chart_text="{count} bars. {total} in all; the highest is {label} with {value}. What is"
    " fed in stands below zero, what is estimated is hatched.",
    cost_chart="Cost {step}",
    cost_chart_text="{count} bars. {total} in all; the highest is {label} with {value}. What"
    " feeding in earns stands below zero.",
    load_chart="Mean power of each quarter hour",
    load_chart_text="A curve of {count} quarter hours, from {low} to {high}.",
    price_chart="Price",
    price_chart_text="A curve of {count} quarter hours, from {low} to {high}. What is assumed is"
    " dashed.",
    range_chart_text="{count} bars from the lowest to the highest price, with a line at the mean;"
    " from {low} to {high}.",
    range_key="lowest to highest",
    mean_key="mean",
    week_chart="Mean power by weekday and hour",
    week_chart_text="Seven rows from Monday to Sunday with 24 hours each. The highest is {value} on"
    " {label}.",
    fed_in_mark="with a stroke: fed in",
    weekday="Day",
    as_table="The same as a table",
    lowest="lowest",
    highest="highest",
    devices="Devices",
    figures="Figures",
    energy_and_cost="Energy and cost",
    shares="Share of the energy taken",
    standby="Standby",
    standby_note="The power that a socket rarely falls below (5 % of the quarter hours of 30"
    " days), as if it lasted a year. Night: 23 to 6 o'clock, at the prices of these hours.",
    standby_power="Standby",
    per_year="A year",
    cost_per_year="Cost a year",
    night_saving="Off at night saves a year",
    dark_note="Where energy is fed in, only the hours between 23 and 3 o'clock tell it: {names}.",
    runs="Runs",
    one_run="1 run",
    several_runs="{count} runs",
    count="Count",
    energy_each="Energy a run",
    cost_each="Cost a run",
    begin="Begin",
    duration="Duration",
    peak="Peak",
    program="Made by IntelligentSocketDatalogger {version}",
    too_narrow="Not shown, since the terminal is too narrow: {names}.",
)

GERMAN = Words(
    report="Energiebericht",
    whole_house="Ganzes Haus",
    until="{start} bis {end} · {zone}",
    so_far="bis jetzt",
    made="Erstellt am {time}",
    by_step={"hour": "je Stunde", "day": "je Tag", "month": "je Monat", "year": "je Jahr"},
    step={"hour": "Stunde", "day": "Tag", "month": "Monat", "year": "Jahr"},
    energy="Bezogen",
    returned="Eingespeist",
    cost="Kosten",
    revenue="Vergütung",
    balance="Kosten abzüglich Vergütung",
    base_in_cost="davon {amount} Grundpreis",
    mean_price="Mittlerer Preis",
    switch_ons="Eingeschaltet",
    longest_gap="Längste Lücke",
    failed_polls="Fehlgeschlagene Abfragen",
    set_aside_note="Ein Zähler ist weiter gesprungen, als die Steckdose leisten kann: {energy} sind"
    " nicht mitgezählt.",
    share="Anteil",
    device="Gerät",
    together="Zusammen",
    completeness="Vollständigkeit",
    measured="gemessen",
    estimated="geschätzt",
    missing="fehlt",
    missing_key="fehlende Zeit (unter den Balken)",
    completeness_note="Anteil an der Zeit. Gemessen: die Energie ist bekannt, wo sie geflossen ist."
    " Geschätzt: ihre Summe ist vom Zähler der Steckdose bekannt, aber nicht, wann sie in einer"
    " Lücke geflossen ist. Fehlt: niemand kennt sie; sie steckt in keiner Zahl.",
    begins_note="Die Aufzeichnung beginnt am {time}. Von der Energie davor steckt nichts in den"
    " Zahlen.",
    base_note="Der Grundpreis zählt von da an.",
    compact_head="Gemessen / geschätzt / fehlt in %",
    short_head="Gem. / gesch. / fehlt %",
    assumed_note="Der Börsenpreis von {energy} ({percent}) ist noch nicht bekannt. Sie sind zu dem"
    " Preis berechnet, der für diesen Fall eingestellt ist: diese Beträge sind vorläufig.",
    left_out="Nicht in der Summe des Hauses, weil ein anderes Gerät dieselbe Energie misst:"
    " {names}.",
    missing_in_mean="{percent} der Zeit fehlen: die Mittel sind die der übrigen Zeit.",
    hatched_hours="Von schraffierten Stunden ist nichts bekannt.",
    energy_chart="Energie {step}",
    energy_chart_text="{count} Balken. Zusammen {total}; am höchsten ist {label} mit {value}. Was"
    " eingespeist wird, steht unter der Null, was geschätzt ist, ist schraffiert.",
    cost_chart="Kosten {step}",
    cost_chart_text="{count} Balken. Zusammen {total}; am höchsten ist {label} mit {value}. Was das"
    " Einspeisen einbringt, steht unter der Null.",
    load_chart="Mittlere Leistung jeder Viertelstunde",
    load_chart_text="Eine Kurve aus {count} Viertelstunden, von {low} bis {high}.",
    price_chart="Preis",
    price_chart_text="Eine Kurve aus {count} Viertelstunden, von {low} bis {high}. Was angenommen"
    " ist, ist gestrichelt.",
    range_chart_text="{count} Balken vom niedrigsten zum höchsten Preis, mit einem Strich beim"
    " Mittel; von {low} bis {high}.",
    range_key="niedrigster bis höchster",
    mean_key="Mittel",
    week_chart="Mittlere Leistung nach Wochentag und Stunde",
    week_chart_text="Sieben Zeilen von Montag bis Sonntag mit je 24 Stunden. Am höchsten ist"
    " {value} am {label}.",
    fed_in_mark="mit Strich: eingespeist",
    weekday="Tag",
    as_table="Dasselbe als Tabelle",
    lowest="niedrigster",
    highest="höchster",
    devices="Geräte",
    figures="Zahlen",
    energy_and_cost="Energie und Kosten",
    shares="Anteil an der bezogenen Energie",
    standby="Standby",
    standby_note="Die Leistung, die eine Steckdose selten unterschreitet (in 5 % der"
    " Viertelstunden von 30 Tagen), als ob sie ein Jahr lang anläge. Nachts: 23 bis"
    " 6 Uhr, zu den Preisen dieser Stunden.",
    standby_power="Standby",
    per_year="Im Jahr",
    cost_per_year="Kosten im Jahr",
    night_saving="Nachts aus spart im Jahr",
    dark_note="Wo eingespeist wird, verraten sie nur die Stunden zwischen 23 und 3 Uhr: {names}.",
    runs="Durchläufe",
    one_run="1 Durchlauf",
    several_runs="{count} Durchläufe",
    count="Anzahl",
    energy_each="Energie je Durchlauf",
    cost_each="Kosten je Durchlauf",
    begin="Beginn",
    duration="Dauer",
    peak="Spitze",
    program="Erstellt von IntelligentSocketDatalogger {version}",
    too_narrow="Nicht gezeigt, weil das Terminal zu schmal ist: {names}.",
)

WORDS: Mapping[Language, Words] = {"en": ENGLISH, "de": GERMAN}
