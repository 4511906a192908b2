using System.Globalization;

namespace Headgate.Server.Commands;

/// <summary>Values as people read them.</summary>
internal static class Texts
{
    public static string Time(DateTimeOffset? time) => time is { } known ? known.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "-";

    public static string YesNo(bool value) => value ? "yes" : "no";

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string List(IEnumerable<string> values) => string.Join(", ", values) is { Length: > 0 } text ? text : "-";
}
