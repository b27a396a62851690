"""The sample of Kaizen #18 with this SDK: exchange a grant token once, then show the current user's details.

Run it with the file that `kaizen serve --credentials FILE` writes: python examples/seed_sample.py FILE
"""

import json
import sys
from pathlib import Path

from kaizen import Client

if len(sys.argv) != 2:
    sys.exit("usage: python examples/seed_sample.py FILE; `kaizen serve --credentials FILE` writes it")
known = json.loads(Path(sys.argv[1]).read_text())
config_details = {
    "client_id": known["client_id"],
    "client_secret": known["client_secret"],
    "redirect_uri": "https://www.zoho.com",
    "api_base_url": known["api_domain"],
    "accounts_url": known["accounts_url"],
    "current_user_email": known["user_email"],
    "token_persistence_path": "tokens",
}
with Client.from_config(config_details) as crm:
    if not crm.auth.is_token_generated():
        crm.auth.exchange(known["grant_token"])
    user = crm.users.current()
    print(f"{user.full_name} <{user.email}>, {user.role.name}")
