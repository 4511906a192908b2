using Headgate.Protocol.Enrolment;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>A repository that only a thief speaks for. Disposing of it revokes it, so that nothing leads to it in the tests after this one.</summary>
internal sealed record TakenRepository(Provider Provider, string Name, ProgramIdentity Identity) : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => (await Provider.World.AdminAsync("repository", "revoke", Name)).Succeeded();
}
