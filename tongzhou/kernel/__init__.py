"""The floor every module stands on: access, commands, audit, jobs, files, pages."""
