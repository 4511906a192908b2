using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Headgate.Silo.Storage;

/// <summary>Times as Unix milliseconds: SQLite orders and compares them, and every database keeps them alike.</summary>
internal sealed class UnixMilliseconds() : ValueConverter<DateTimeOffset, long>(
    time => time.ToUnixTimeMilliseconds(),
    milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
