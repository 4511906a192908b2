using System.Net;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>
/// The lost answer. restic sends DELETE after every save that failed for it, even one that was committed, and posts again; a DELETE that was held up in a dying
/// gateway must not take the new upload with it.
/// </summary>
public sealed class LostAnswerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Delete_WhenItArrivesAfterTheUploadWasRepeated_IsRefusedAndTheObjectStaysOnce(bool appendOnly)
    {
        await using var world = await World.StartAsync(gateways: 2);
        var tenant = await world.AddTenantAsync("acme");
        var key = await tenant.AccessKeyAsync(options: appendOnly ? ["--append-only"] : []);
        var authority = await world.AuthorityFileAsync();
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        var name = ObjectClient.NameOf(bytes);
        await using var relay = new MuteRelay(world.EndPointOf("gtw1"));

        // Two connections stand over gtw1: one whose answers will be lost, one for the deletion.
        using var first = new ObjectClient(key, authority, relay.EndPoint, "/objects/");
        using var old = new ObjectClient(key, authority, world.EndPointOf("gtw1"), "/objects/");
        await first.CreateAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await old.GetAsync(name)).Status);

        relay.Mute();
        var lost = first.PostAsync(bytes);
        await Tool.UntilAsync(() => relay.Kept > 0, "the answer that gets lost", () => world.Logs);
        Assert.Single(Storage.Named(world, tenant, name));
        Assert.False(lost.IsCompleted, "The answer was to be lost.");

        // The gateway stops in its tracks with restic's DELETE inside; restic goes over the other one and posts again.
        world["gtw1"].Freeze();
        var delayed = old.DeleteAsync(name);
        using var again = new ObjectClient(key, authority, world.EndPointOf("gtw2"), "/objects/");
        Assert.Equal(HttpStatusCode.OK, (await again.PostAsync(bytes)).Status);
        Assert.False(delayed.IsCompleted, "The deletion was to be delayed.");
        world["gtw1"].Thaw();

        Assert.Equal(appendOnly ? HttpStatusCode.Forbidden : HttpStatusCode.Conflict, (await delayed).Status);
        Assert.Equal((1, 1), (first.Connected, old.Connected));
        Assert.Equal(bytes, (await again.GetAsync(name)).Body);
        Assert.Single(Storage.Named(world, tenant, name));
        Assert.Equal(bytes.Length, await Storage.UsedIsTheRecountAsync(world, tenant));

        // A deletion that is meant is carried out, unless the key may only add.
        Assert.Equal(appendOnly ? HttpStatusCode.Forbidden : HttpStatusCode.OK, (await again.DeleteAsync(name)).Status);
        Assert.Equal(appendOnly ? 1 : 0, Storage.Named(world, tenant, name).Length);
        Assert.Equal(appendOnly ? bytes.Length : 0, await Storage.UsedIsTheRecountAsync(world, tenant));
        first.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => lost);
    }
}
