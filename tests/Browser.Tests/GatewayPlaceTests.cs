namespace Headgate.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class GatewayPlaceTests(Browsers browsers)
{
    /// <summary>Alone, of two and of ten: the card says where the gateway stands among those of its pool and why, or why no run comes to it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    public async Task Show_OfAPool_SaysWhyRunsComeOrDoNot(int count)
    {
        var gateways = new List<BeatingGateway>();
        try
        {
            for (var i = 1; i <= count; i++)
            {
                var gateway = await BeatingGateway.StartAsync(browsers, $"of{count}-{i}", $"192.0.2.{(count * 10) + i}", $"pool-of-{count}");
                gateway.Active = 12 * i;
                gateways.Add(gateway);
            }

            await using var tab = await browsers.SignedInAsync();
            await tab.GoAsync($"/gateways/of{count}-{count}");
            await tab.SeesAsync($"Place {count} of {count}");
            await tab.SeesAsync($"{12 * count} active and 0 promised at weight 100");
            await Look.AtAsync(tab, $"portal-gateway-place-{count}");

            if (count == 2)
            {
                // It says nothing any more: one of two is not most of them.
                await gateways[1].DisposeAsync();
                gateways.RemoveAt(1);
                await tab.SeesAsync("In no list");
                await tab.SeesAsync("in no list: not heard for more than 5 s");
            }
        }
        finally
        {
            foreach (var gateway in gateways)
            {
                await gateway.DisposeAsync();
            }
        }
    }
}
