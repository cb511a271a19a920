"""Worker processes: their pipes, logs, deadlines, memory and end."""
