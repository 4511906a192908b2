using System.Globalization;

namespace Headgate.Relay.Bench;

/// <summary>
/// Two networks of Ethernet frames around this one: tenants in a namespace, storage in another, relays between them. Pairs of veth with an MTU of 1,500 and all
/// offloads off, so that every segment of 1,448 bytes is one packet to everybody. It ends with the network namespace that this process is in.
/// </summary>
internal static class Wire
{
    public const string Tenants = "tenants";
    public const string Storage = "storage";
    public const string StorageAddress = "10.91.2.2";

    /// <summary>The relays' address as tenants see it.</summary>
    public const string RelayAddress = "10.91.1.1";

    public static async Task MakeAsync()
    {
        await JoinAsync(Tenants, 1);
        await JoinAsync(Storage, 2);
    }

    private static async Task JoinAsync(string name, int network)
    {
        var (near, far) = (string.Create(CultureInfo.InvariantCulture, $"near{network}"), string.Create(CultureInfo.InvariantCulture, $"far{network}"));
        await Shell.RunAsync("ip", "netns", "add", name);
        await Shell.RunAsync("ip", "link", "add", near, "mtu", "1500", "type", "veth", "peer", "name", far, "mtu", "1500", "netns", name);
        foreach (var (device, host, inside) in ((string, int, string[])[])[(near, 1, []), (far, 2, ["ip", "netns", "exec", name])])
        {
            string[][] commands =
            [
                ["ethtool", "-K", device, "tso", "off", "gso", "off", "gro", "off"],
                ["ip", "address", "add", string.Create(CultureInfo.InvariantCulture, $"10.91.{network}.{host}/24"), "dev", device],
                ["ip", "link", "set", device, "up"],
            ];
            foreach (var command in commands)
            {
                string[] words = [.. inside, .. command];
                await Shell.RunAsync(words[0], words[1..]);
            }
        }
    }
}
