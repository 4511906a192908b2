namespace Headgate.Portal.Provider.Gateways;

/// <summary>An address and a port in one text.</summary>
internal static class AddressText
{
    public static string Of(string host, int port) => host.Contains(':') ? $"[{host}]:{port}" : $"{host}:{port}";

    public static string Of(GatewayInfo gateway) => Of(gateway.Host, gateway.Port);

    public static string Of(GatewayMode mode) => mode == GatewayMode.Nat ? "behind NAT" : "direct";
}
