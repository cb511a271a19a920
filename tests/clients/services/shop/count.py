def count(args: dict[str, str]) -> dict[str, int]:
    return {"words": len(args.get("text", "").split())}
