using System.Net.Sockets;

namespace Headgate.Gateway.Tests.Support;

/// <summary>Both ends of a relayed connection; what lies between them is under test.</summary>
internal sealed record RelayedPair(Socket Tenant, Socket Target, int HelloBytes) : IDisposable
{
    public async Task EchoAsync()
    {
        var buffer = new byte[4];
        await Tenant.SendAsync("ping"u8.ToArray());
        await Target.ReceiveExactlyAsync(buffer);
        await Target.SendAsync(buffer);
        await Tenant.ReceiveExactlyAsync(buffer);
        Assert.Equal("ping"u8.ToArray(), buffer);
    }

    public void Dispose()
    {
        Tenant.Dispose();
        Target.Dispose();
    }
}
