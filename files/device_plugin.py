"""Your own sockets: each type is one small function that reads such a socket.

This file is loaded when the program starts. To use a type, name it in devices.json:

    "Dishwasher": {"type": "example:meter", "ip": "192.168.178.40", "update_time": 10, "channel": 0}

`python main.py check` asks each socket once and tells what is wrong, with file and line.

Deine eigenen Steckdosen: jeder Typ ist eine kleine Funktion, die so eine Steckdose liest. Die Datei
wird beim Start geladen; den Typ trägst du in devices.json ein. `python main.py check` fragt jede
Steckdose einmal und sagt mit Datei und Zeile, was nicht stimmt.
"""

from source.model import Reading


def setup(plugins):
    """Register the types. / Die Typen anmelden."""

    @plugins.register("example:meter")
    def meter(device):
        # device.settings is the socket's entry in devices.json, with keys of your own choice.
        # device.settings ist der Eintrag in devices.json, auch mit selbst gewählten Schlüsseln.
        channel = int(device.settings.get("channel", 0))

        # Asks http://IP/... ; time-out, size limit and errors are taken care of. get_text() gives
        # the answer as text, for sockets that do not speak JSON.
        # Fragt http://IP/... ; um Zeitlimit, Größe und Fehler kümmert sich das Programm. get_text()
        # gibt die Antwort als Text, für Steckdosen ohne JSON.
        data = device.get_json(f"/api/meter?channel={channel}")

        # Leave out what the socket does not tell, never put 0 for it. With a counter the energy is
        # exact, even if polls fail; without one it is computed from the power.
        # Was die Steckdose nicht verrät, lass weg, statt 0 zu schreiben. Mit Zähler stimmt die
        # Energie genau, auch wenn Abfragen scheitern; ohne wird sie aus der Leistung berechnet.
        return Reading(
            power_w=data["power"],  # W
            counter_wh=data["total_kwh"] * 1000,  # Wh
            counter_in_ram=False,  # True: it starts from 0 when the socket boots / nach Neustart
            extra={"voltage": data["voltage"]},  # further fields for the database / weitere Felder
            mac=data.get("mac"),  # which socket answers / welche Steckdose antwortet
        )


# Prices of a provider that is not built in; in config.json: "dynamic": {"provider": "example"}
# Preise eines Anbieters, den es hier noch nicht gibt; in config.json wie oben.
#
# from datetime import datetime, timedelta, timezone
# from decimal import Decimal
# from source.tariffs.spot import SpotPrice
#
# def setup_tariffs(tariffs):
#     """Register the providers. / Die Anbieter anmelden."""
#
#     @tariffs.register("example")
#     def example(market):
#         # For when: market.start until market.end, UTC. market.area, .token and .url are those of
#         # config.json. Time-out and errors are taken care of; no prices yet: give none.
#         # Für wann: market.start bis market.end, UTC. market.area, .token und .url stehen in
#         # config.json. Um Zeitlimit und Fehler ist gesorgt; noch keine Preise: gib keine.
#         found = market.get_json("https://api.example.com/prices", {"day": market.start.date()})
#         for hour in found["hours"]:
#             start = datetime.fromtimestamp(hour["begin"], timezone.utc)
#             # In the currency per kWh, not in cents / in der Währung je kWh, nicht in Cent
#             price = Decimal(hour["eur_per_mwh"]) / 1000
#             yield SpotPrice(start, start + timedelta(hours=1), price)
