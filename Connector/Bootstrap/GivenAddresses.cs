using System.Net;
using Headgate.Protocol.Naming;

namespace Headgate.Connector.Bootstrap;

/// <summary>Reads <c>--resolve name=address[,address...]</c>.</summary>
internal static class GivenAddresses
{
    /// <summary>Adds one value of the option; false with a sentence when it cannot be. A name given twice gets all its addresses.</summary>
    public static bool TryAdd(string text, Dictionary<string, IReadOnlyList<IPAddress>> names, out string error)
    {
        error = "";
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? "" : text[..equals].Trim().ToLowerInvariant();
        if (!ZoneNames.IsDnsName(name))
        {
            error = $"--resolve '{text}' cannot be: it must read name=address[,address...], such as cc.backup.example.com=192.0.2.10,2001:db8::10.";
            return false;
        }

        var addresses = new List<IPAddress>();
        foreach (var part in text[(equals + 1)..].Split(',', StringSplitOptions.TrimEntries))
        {
            var bare = part.StartsWith('[') && part.EndsWith(']') ? part[1..^1] : part;
            if (!IPAddress.TryParse(bare, out var address) || (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && bare.Count(c => c == '.') != 3))
            {
                error = $"--resolve '{text}' cannot be: '{part}' is not an IPv4 or IPv6 address. Ports come from the gateway list and the enrolment code.";
                return false;
            }

            addresses.Add(address);
        }

        names[name] = names.TryGetValue(name, out var earlier) ? [.. earlier.Concat(addresses).Distinct()] : [.. addresses.Distinct()];
        return true;
    }
}
