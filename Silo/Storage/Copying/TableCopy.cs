namespace Headgate.Silo.Storage.Copying;

/// <summary>A table that was copied.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Rows">How many rows.</param>
/// <param name="Sha256">Of all of them in the order of their key, hex; the same at both ends.</param>
internal sealed record TableCopy(string Table, long Rows, string Sha256);
