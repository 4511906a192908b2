using Headgate.Protocol.Naming;

namespace Headgate.Silo.Grains.Tenants;

/// <summary>Connector ids out of host names.</summary>
internal static class ConnectorNames
{
    /// <summary>An id that is not in <paramref name="taken"/>: the host name's first label in the alphabet of ids, with <c>-2</c>, <c>-3</c>, ... where need be.</summary>
    public static string From(string host, IReadOnlySet<string> taken)
    {
        var name = Identifier.FromHostName(host) ?? "connector";
        for (var number = 1; ; number++)
        {
            var suffix = number == 1 ? "" : "-" + number.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var candidate = Cut(name, Identifier.MaxLength - suffix.Length) + suffix;
            if (!taken.Contains(candidate))
            {
                return candidate;
            }
        }
    }

    private static string Cut(string name, int length) => (name.Length > length ? name[..length] : name).TrimEnd('-');
}
