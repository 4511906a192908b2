using Headgate.Grains.Embedded.Tests.Serialization;
using Headgate.Grains.Embedded.Tests.Support;

namespace Headgate.Grains.Embedded.Tests.Engine;

public sealed class CopyEconomyTests
{
    [Fact]
    public async Task Value_ThatNobodyCanChange_IsNotCopied_EvenWhenItIsNotMarked()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IKeeperGrain>("k");
        var plain = new Plain("n", DateTimeOffset.UnixEpoch, [1, 2], Guid.Empty);
        Assert.Same(plain, await grain.EchoAsync(plain).Soon());
        var many = ImmutableDictionary<string, Plain>.Empty.Add("k", plain);
        Assert.Same(many, await grain.EchoAsync(many).Soon());
    }
}
