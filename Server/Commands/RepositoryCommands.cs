using System.CommandLine;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Server.Administration;
using Headgate.Silo.Listening;

namespace Headgate.Server.Commands;

/// <summary><c>repository add | list | show | move | recount | fence | revoke</c>.</summary>
internal sealed class RepositoryCommands(ServerCommand server)
{
    private readonly Argument<string> _repository = new("REPOSITORY") { Description = "The repository's id." };
    private readonly Option<(string Host, int Port)> _address = Values.AddressOption("Where gateways reach it: host:port.");

    private readonly Argument<string?> _tenant = new("TENANT") { Description = "Only this tenant's.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Argument<string> _host = new("HOST") { Description = "The host, as 'quota show' names it." };
    private readonly Option<long?> _expectVersion = new("--expect-version") { Description = "Change only if the repository is still at this version." };

    public Command Create() => new("repository", "Cloud repositories.")
    {
        server.Talk("add", "Makes a repository and prints its enrolment code.", [_repository, _address, CodeCommands.CodeOnly], AddAsync),
        server.Talk("list", "Lists repositories.", [], ListAsync),
        server.Talk("show", "Shows a repository.", [_repository], async (context, token) =>
            Show(context, await context.Server.GetAsync<RepositoryInfo>(ManagementRoutes.Repository(context.Get(_repository)), token))),
        server.Talk("move", "Tells gateways a new address.", [_repository, _address, _expectVersion], MoveAsync),
        server.Talk("recount", "Has what is stored counted anew while uploads go on, of one tenant or of all.", [_repository, _tenant], RecountAsync),
        server.Talk("fence", "Takes back what a host holds unused, of every tenant. Only for a host that is down and stays down.", [_repository, _host, QuotaCommands.DataGone], FenceAsync),
        server.Talk("revoke", "Revokes its certificate: gateways no longer lead to it.", [_repository, ServerCommand.ExpectVersion], async (context, token) =>
            Show(context, await context.Server.SendAsync<RepositoryInfo>(
                HttpMethod.Delete, ManagementRoutes.RepositoryCertificate(context.Get(_repository)), null, token))),
    };

    private async Task AddAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (host, port) = context.Get(_address);
        var added = await context.Server.SendAsync<RepositoryWithCode>(
            HttpMethod.Post, ManagementRoutes.Repositories, new NewRepository(context.Get(_repository), host, port), cancellationToken);
        CodeCommands.Print(context, added, added.Code, added.Expires);
    }

    private async Task MoveAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (host, port) = context.Get(_address);
        Show(context, await context.Server.SendAsync<RepositoryInfo>(
            HttpMethod.Put,
            ManagementRoutes.RepositoryEndpoint(context.Get(_repository)),
            new RepositoryMove(host, port, context.Get(_expectVersion)),
            cancellationToken));
    }

    private async Task RecountAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (repository, tenant) = (context.Get(_repository), context.Values.GetValue(_tenant));
        var asked = await context.Server.SendAsync<RecountRequest>(
            HttpMethod.Post, ManagementRoutes.RepositoryRecount(repository), new RecountRequest(tenant), cancellationToken);
        if (context.Screen.IsJson)
        {
            context.Screen.Json(asked);
            return;
        }

        context.Screen.Line($"Repository {repository} counts anew what {tenant ?? "every tenant"} stores; 'quota show' has the result when it is done.");
    }

    private async Task FenceAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var answer = await context.Server.SendAsync<FenceAnswer>(
            HttpMethod.Post,
            ManagementRoutes.RepositoryFence(context.Get(_repository)),
            new FenceRequest(context.Get(_host), QuotaCommands.Fence(context)),
            cancellationToken);
        if (context.Screen.IsJson)
        {
            context.Screen.Json(answer);
            return;
        }

        context.Screen.Line($"Host {answer.Host} is fenced for {answer.Tenants.Count} tenants: {string.Join(", ", answer.Tenants)}.");
    }

    private static async Task ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var repositories = await Pages.AllAsync<RepositoryPage, RepositoryInfo>(
            context.Server, ManagementRoutes.Repositories, page => (page.Items, page.Total), cancellationToken);
        context.Screen.Records(
            repositories,
            ["repository", "address", "state", "heard", "capacity", "free"],
            repository =>
            [
                repository.Repository,
                EndPointText.Format(repository.Host, repository.Port),
                States.Of(repository, TimeProvider.System.GetUtcNow()),
                Texts.Time(repository.LastHeard),
                repository.State is { } state ? ByteSize.Format(state.CapacityBytes) : "-",
                repository.State is { } free ? ByteSize.Format(free.FreeBytes) : "-",
            ],
            "There is no repository yet.");
    }

    private static void Show(CommandContext context, RepositoryInfo repository) => context.Screen.Record(
        repository,
        ("repository", repository.Repository),
        ("address", EndPointText.Format(repository.Host, repository.Port)),
        ("state", States.Of(repository, TimeProvider.System.GetUtcNow())),
        ("enrolled", repository.Revoked ? "revoked" : Texts.YesNo(repository.Enrolled)),
        ("last heard", Texts.Time(repository.LastHeard)),
        ("program", repository.State?.Version),
        ("capacity", repository.State is { } state ? $"{ByteSize.Format(state.FreeBytes)} free of {ByteSize.Format(state.CapacityBytes)}" : null),
        ("version", Texts.Number(repository.Version)));
}
