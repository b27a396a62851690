"""The actions that rules name, on the wire: field updates, tasks, e-mail notifications."""
