"""The rules of care at home: who looks after whom, when visits take place, what the answers mean. Pure."""
