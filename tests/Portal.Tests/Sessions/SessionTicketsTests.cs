using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Headgate.Portal.Tests;

public sealed class SessionTicketsTests
{
    private static readonly SessionUser s_anna = new("anna", "Anna", AccountRole.Administrator, null, "stamp", false, DateTimeOffset.UnixEpoch);

    private readonly EphemeralDataProtectionProvider _keys = new();

    [Fact]
    public void Read_WhenFresh_IsWhatWasWritten()
    {
        var tickets = new SessionTickets(_keys, Site("provider"));
        Assert.Equal(s_anna, tickets.Read(tickets.Write(s_anna)));
    }

    [Fact]
    public void Read_WhenOfTheOtherSite_IsNothing() =>
        Assert.Null(new SessionTickets(_keys, Site("provider")).Read(new SessionTickets(_keys, Site("tenants")).Write(s_anna)));

    [Fact]
    public void Read_WhenOfOtherKeys_IsNothing() =>
        Assert.Null(new SessionTickets(_keys, Site("provider")).Read(new SessionTickets(new EphemeralDataProtectionProvider(), Site("provider")).Write(s_anna)));

    [Fact]
    public void Read_WhenItsTimeIsOver_IsNothing()
    {
        var protector = _keys.CreateProtector("Headgate.Portal.SessionTicket", "provider").ToTimeLimitedDataProtector();
        var tickets = new SessionTickets(_keys, Site("provider"));
        Assert.NotNull(tickets.Read(protector.Protect(JsonSerializer.Serialize(s_anna), DateTimeOffset.UtcNow.AddMinutes(1))));
        Assert.Null(tickets.Read(protector.Protect(JsonSerializer.Serialize(s_anna), DateTimeOffset.UtcNow.AddSeconds(-1))));
    }

    [Fact]
    public void Read_WhenAnyCharacterIsAnother_IsNothing()
    {
        var tickets = new SessionTickets(_keys, Site("provider"));
        var ticket = tickets.Write(s_anna);
        for (var i = 0; i < ticket.Length; i += 7)
        {
            Assert.Null(tickets.Read(ticket[..i] + (ticket[i] == 'A' ? 'B' : 'A') + ticket[(i + 1)..]));
        }
    }

    private static SiteOptions Site(string name) => new()
    {
        Name = name, Role = AccountRole.Administrator, Title = "", Zone = "", Listen = new IPEndPoint(IPAddress.Loopback, 0), ConfigureListener = static _ => { },
    };
}
