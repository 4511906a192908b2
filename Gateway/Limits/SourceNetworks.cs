using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Headgate.Gateway.Limits;

/// <summary>
/// A set of networks to which a source belongs or not. Immutable; safe for concurrent use. Networks are merged into sorted ranges, so a look-up is one
/// binary search in an array, and none when the set is empty.
/// </summary>
internal sealed class SourceNetworks
{
    /// <summary>The empty set.</summary>
    public static readonly SourceNetworks None = new([]);

    private const int IPv4Bits = 32;

    // Sources are counted by the first 64 bits of an IPv6 address; a smaller network cannot be told from its neighbours.
    private const int IPv6Bits = 64;

    private readonly Range[] _ipv4;
    private readonly Range[] _ipv6;

    private SourceNetworks(IReadOnlyList<(bool IsIPv6, Range Range)> networks)
    {
        _ipv4 = Merge(networks.Where(network => !network.IsIPv6).Select(network => network.Range));
        _ipv6 = Merge(networks.Where(network => network.IsIPv6).Select(network => network.Range));
    }

    /// <summary>The set of <paramref name="texts"/>, all of which <see cref="TryParse"/> takes.</summary>
    /// <exception cref="FormatException">One of them is not a network.</exception>
    public static SourceNetworks Of(IEnumerable<string> texts)
    {
        var networks = new List<(bool, Range)>();
        foreach (var text in texts)
        {
            networks.Add(TryParse(text, out var isIPv6, out var range, out var fault) ? (isIPv6, range) : throw new FormatException(fault));
        }

        return networks.Count == 0 ? None : new SourceNetworks(networks);
    }

    /// <summary>What is wrong with <paramref name="text"/> as a network: a clause that begins with it; null when nothing is.</summary>
    public static string? FaultOf(string text) => TryParse(text, out _, out _, out var fault) ? null : fault;

    /// <summary>Whether <paramref name="source"/> belongs to one of the networks.</summary>
    public bool Contains(SourceKey source)
    {
        var ranges = source.IsIPv6 ? _ipv6 : _ipv4;
        if (ranges.Length == 0)
        {
            return false;
        }

        int low = 0, high = ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (source.Bits < ranges[middle].First)
            {
                high = middle - 1;
            }
            else if (source.Bits > ranges[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An address, or an address and a prefix length (CIDR, RFC 4632 and RFC 4291 section 2.3) without bits behind the prefix.</summary>
    private static bool TryParse(string text, out bool isIPv6, out Range range, [NotNullWhen(false)] out string? fault)
    {
        isIPv6 = false;
        range = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var written = slash < 0 ? text : text[..slash];
        if (!TryParseAddress(written, out var address))
        {
            fault = $"'{text}' is not a network, such as 203.0.113.0/24, 203.0.113.7 or 2001:db8:1::/48";
            return false;
        }

        isIPv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        var most = isIPv6 ? IPv6Bits : IPv4Bits;
        var length = most;
        if (slash >= 0 && !(int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) && length >= 0 && length <= (isIPv6 ? 128 : IPv4Bits)))
        {
            fault = string.Create(CultureInfo.InvariantCulture, $"'{text}' has no prefix length of 0 to {most} behind the slash");
            return false;
        }

        if (slash < 0 && isIPv6)
        {
            fault = $"'{text}' is one IPv6 address, but sources are counted by /64: give its network, as {new IPAddress(Masked(address, IPv6Bits))}/64";
            return false;
        }

        if (length > most)
        {
            fault = string.Create(CultureInfo.InvariantCulture, $"'{text}' is smaller than a /64, but IPv6 sources are counted by /64: a prefix length of 0 to 64 is allowed");
            return false;
        }

        if (!Masked(address, length).AsSpan().SequenceEqual(address.GetAddressBytes()))
        {
            fault = string.Create(CultureInfo.InvariantCulture, $"'{text}' has bits behind its prefix: the network is {new IPAddress(Masked(address, length))}/{length}");
            return false;
        }

        var first = SourceKey.Of(address).Bits;
        var behind = most - length;
        range = new Range(first, behind == 64 ? ulong.MaxValue : first | ((1UL << behind) - 1));
        fault = null;
        return true;
    }

    // The runtime takes '1', '0x7f.1', '127.1' and zones too; a typing error must not become a network.
    private static bool TryParseAddress(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (!IPAddress.TryParse(text, out address) || text.Contains('%', StringComparison.Ordinal) || text.Contains('[', StringComparison.Ordinal))
        {
            return false;
        }

        return address.AddressFamily == AddressFamily.InterNetwork
            ? address.ToString() == text
            : address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6;
    }

    private static byte[] Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(length - (8 * i), 0, 8);
            bytes[i] &= (byte)(0xFF00 >> kept);
        }

        return bytes;
    }

    private static Range[] Merge(IEnumerable<Range> ranges)
    {
        var merged = new List<Range>();
        foreach (var range in ranges.OrderBy(range => range.First))
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last)
            {
                merged[^1] = merged[^1] with { Last = Math.Max(merged[^1].Last, range.Last) };
            }
            else
            {
                merged.Add(range);
            }
        }

        return [.. merged];
    }

    private readonly record struct Range(ulong First, ulong Last);
}
