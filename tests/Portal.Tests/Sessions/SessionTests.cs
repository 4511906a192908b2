using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Portal.Tests;

public sealed class SessionTests
{
    [Fact]
    public async Task Act_WhenTheSessionIsOpen_DoesItInTheUsersName()
    {
        await using var host = await PageHost.StartAsync();
        var anna = await host.SignInAsync("anna");
        var outcome = await anna.Session.ActAsync((grains, token) => grains.GetGrain<ITenantGrain>("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), token));
        Assert.True(outcome.IsDone, outcome.Sentence);
        Assert.Equal("Acme", outcome.Value!.DisplayName);
        Assert.Equal("anna", Assert.Single(await host.Silo.AuditAsync("tenant-created")).Who);
    }

    [Fact]
    public async Task Act_WhenRefused_SaysTheGrainsSentence()
    {
        await using var host = await PageHost.StartAsync();
        var anna = await host.SignInAsync("anna");
        var outcome = await anna.Session.ActAsync((grains, token) => grains.GetGrain<ITenantGrain>("nobody").GetAsync(token));
        Assert.False(outcome.IsDone);
        Assert.Equal(RefusalReason.NotFound, outcome.Refusal!.Reason);
        Assert.Equal(outcome.Refusal.Message, outcome.Sentence);
        Assert.False(outcome.IsConflict);
    }

    [Fact]
    public async Task Act_WhenSomebodyElseWasFirst_IsAConflict()
    {
        await using var host = await PageHost.StartAsync();
        var anna = await host.SignInAsync("anna");
        var tenant = host.Grains.GetGrain<ITenantGrain>("acme");
        var seen = await tenant.CreateAsync(new CreateTenant("Acme", [], null, 0), default);
        await tenant.ChangeAsync(new ChangeTenant("Acme Ltd.", null, null, null, null, seen.Version), default);
        var outcome = await anna.Session.ActAsync((grains, token) =>
            grains.GetGrain<ITenantGrain>("acme").ChangeAsync(new ChangeTenant("Acme GmbH", null, null, null, null, seen.Version), token));
        Assert.True(outcome.IsConflict, outcome.Sentence);
        Assert.Equal("Acme Ltd.", (await tenant.GetAsync(default)).DisplayName);
    }

    [Fact]
    public async Task Act_WhenTheServerFails_SaysSoWithoutTheException()
    {
        await using var host = await PageHost.StartAsync();
        var anna = await host.SignInAsync("anna");
        var outcome = await anna.Session.ActAsync((_, _) => throw new InvalidOperationException("secret detail"));
        Assert.False(outcome.IsDone);
        Assert.Contains("look again before you repeat it", outcome.Sentence);
        Assert.DoesNotContain("secret detail", outcome.Sentence);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("disabled")]
    [InlineData("deleted")]
    [InlineData("expired")]
    [InlineData("other password")]
    public async Task Act_WhenTheSessionHasEnded_DoesNothing(string how)
    {
        await using var host = await PageHost.StartAsync();
        await host.SignInAsync("boss");
        var anna = await host.SignInAsync("anna");
        var account = host.Grains.GetGrain<IAccountGrain>("anna");
        switch (how)
        {
            case "reset":
                await account.ResetPasswordAsync(default);
                break;
            case "disabled":
                await account.ChangeAsync(new ChangeAccount(null, true, null), default);
                break;
            case "deleted":
                await account.DeleteAsync(default);
                break;
            case "expired":
                host.Silo.Time.Advance(host.Options.SessionLifetime);
                break;
            default:
                await account.ChangePasswordAsync(PageHost.Password, "another long enough one", default);
                break;
        }

        var outcome = await anna.Session.ActAsync((grains, token) => grains.GetGrain<ITenantGrain>("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), token));
        Assert.False(outcome.IsDone);
        Assert.Contains("Your session has ended", outcome.Sentence);
        Assert.False(anna.Session.IsOpen);
        Assert.Empty(await host.Silo.AuditAsync("tenant-created"));
    }

    [Fact]
    public async Task Watch_WhenTheSessionEnds_IsToldWithoutAnAction()
    {
        await using var host = await PageHost.StartAsync();
        var anna = await host.SignInAsync("anna");
        var told = 0;
        anna.Session.Changed += () => Interlocked.Increment(ref told);
        await host.Grains.GetGrain<IAccountGrain>("anna").ResetPasswordAsync(default);
        await Until.HoldsAsync(() => told == 1 && !anna.Session.IsOpen, () => $"Told {told} times.");
    }

    [Fact]
    public async Task Act_WhenNobodyCanTell_DoesNothingAndKeepsTheSession()
    {
        await using var host = await PageHost.StartAsync();
        var anna = await host.SignInAsync("anna");
        host.Calls.Before = (method, _) => method == "IAccountGrain.CheckAsync" ? throw new InvalidOperationException("The disk is gone.") : Task.CompletedTask;
        var outcome = await anna.Session.ActAsync((grains, token) => grains.GetGrain<ITenantGrain>("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), token));
        Assert.False(outcome.IsDone);
        Assert.Contains("nothing was done", outcome.Sentence);
        Assert.True(anna.Session.IsOpen);
        host.Calls.Before = null;
        Assert.True((await anna.Session.ActAsync((grains, token) => grains.GetGrain<ITenantGrain>("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), token))).IsDone);
    }

    [Fact]
    public async Task Continue_WhenTheSameUserSignedInAgain_GoesOn()
    {
        await using var host = await PageHost.StartAsync();
        var anna = await host.SignInAsync("anna");
        host.Silo.Time.Advance(host.Options.SessionLifetime);
        Assert.False((await anna.Session.ActAsync((_, _) => Task.CompletedTask)).IsDone);
        var again = await host.SignInAsync("anna");
        Assert.True(await anna.Session.ContinueAsync(Tickets(host).Write(again.Session.User)));
        Assert.True(anna.Session.IsOpen);
        Assert.True((await anna.Session.ActAsync((_, _) => Task.CompletedTask)).IsDone);
    }

    [Fact]
    public async Task Continue_WhenTheTicketIsAnothers_StaysEnded()
    {
        await using var host = await PageHost.StartAsync();
        var anna = await host.SignInAsync("anna");
        host.Silo.Time.Advance(host.Options.SessionLifetime);
        Assert.False((await anna.Session.ActAsync((_, _) => Task.CompletedTask)).IsDone);
        var berta = await host.SignInAsync("berta");
        var again = await host.SignInAsync("anna");
        foreach (var ticket in new[]
        {
            Tickets(host).Write(berta.Session.User),
            Tickets(host).Write(again.Session.User with { Role = AccountRole.Tenant }),
            Tickets(host).Write(again.Session.User with { Tenant = "acme" }),
            Tickets(host).Write(again.Session.User with { Stamp = "guessed" }),
            "", "forged", new string('A', 5000),
        })
        {
            Assert.False(await anna.Session.ContinueAsync(ticket));
            Assert.False((await anna.Session.ActAsync((_, _) => Task.CompletedTask)).IsDone);
        }
    }

    [Fact]
    public async Task Page_WhenTheSessionEndsInTheMiddleOfAnEdit_KeepsWhatWasTypedAndSavesIt()
    {
        await using var host = await PageHost.StartAsync();
        await host.Silo.AddRepositoryAsync("rep1");
        var anna = await host.SignInAsync("anna");
        var page = await anna.OpenAsync("/tenants/new");
        await page.SetAsync("Name", "Acme GmbH");
        host.Silo.Time.Advance(host.Options.SessionLifetime);
        await page.UntilAsync("Your session has ended");
        await page.ClickAsync("Go on");
        await page.UntilAsync("Nobody is signed in as anna in this browser yet.");

        var again = await host.SignInAsync("anna");
        anna.Script.Answers["headgate.sessionTicket"] = Tickets(host).Write(again.Session.User);
        await page.ClickAsync("Go on");
        await page.UntilGoneAsync("Your session has ended");
        Assert.Equal("Acme GmbH", await page.ValueAsync("Name"));
        await host.Silo.Repository("rep1").HeartbeatAsync(new RepositoryState("0.1.0", 1, 1L << 40, 1L << 39), default);
        // A heartbeat is no stored change: it is read when the page's refresh is due, and this clock stands still unless it is moved.
        host.Silo.Time.Advance(TimeSpan.FromSeconds(3));
        await page.UntilAsync("512 GiB free");
        await page.SetAsync("Size", "5");
        await page.ClickAsync("Create the tenant");
        await page.UntilAsync(_ => page.Address.Path == "/tenants/acme-gmbh");
        Assert.Equal("Acme GmbH", (await host.Grains.GetGrain<ITenantGrain>("acme-gmbh").GetAsync(default)).DisplayName);
    }

    private static SessionTickets Tickets(PageHost host) => host.Services.GetRequiredService<SessionTickets>();
}
