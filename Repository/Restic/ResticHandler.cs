using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Headgate.Repository.Access;
using Headgate.Repository.Activity;
using Headgate.Repository.Blobs;
using Headgate.Repository.Quota;

namespace Headgate.Repository.Restic;

/// <summary>
/// restic's REST backend protocol, versions 1 and 2.
/// <code>
/// GET    /                             the tenant's restic repositories; ours, not restic's
/// POST   {path}?create=true            makes the folders
/// HEAD   {path}config                  size           GET, POST, DELETE likewise
/// GET    {path}{type}/                 the list: names (v1), or names and sizes (v2, by Accept)
/// HEAD   {path}{type}/{name}           size
/// GET    {path}{type}/{name}           content, whole or one range
/// POST   {path}{type}/{name}           stores; the body must hash to the name
/// DELETE {path}{type}/{name}           deletes; absent is as good as deleted
/// </code>
/// What each status means is in docs/life-of-a-connection-repository.md.
/// </summary>
internal sealed partial class ResticHandler(
    RequestGate gate,
    UploadHandler uploads,
    DownloadHandler downloads,
    RepositoryLister lister,
    BlobLayout layout,
    BlobStore store,
    QuotaBook quotas,
    RepositoryCount repositories,
    MaintenanceWindows windows,
    AccessWatch watch,
    RefusalWriter refusals,
    RepositoryMetrics metrics,
    ILogger<ResticHandler> logger)
{
    private const string ListV2 = "application/vnd.x.restic.rest.v2";

    /// <summary>Serves one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var connection = context.Features.GetRequiredFeature<ClientConnection>();
        Interlocked.Increment(ref connection.Requests);
        try
        {
            var refusal = await ServeAsync(context, connection);
            if (refusal is not null)
            {
                await refusals.WriteAsync(context, connection, refusal);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            LogAborted(connection.Id);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Reading from the disk failed, or the peer is gone. An answer that has begun can only be broken off.
            LogFailed(fault, connection.Id);
            await refusals.WriteAsync(context, connection, Refusals.DiskFailed());
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // Whatever it is, it is ours: never a status that restic takes for an answer about the object.
            LogFaulted(fault, connection.Id);
            await refusals.WriteAsync(context, connection, Refusals.Internal());
        }
        finally
        {
            Interlocked.Decrement(ref connection.Requests);
        }
    }

    private static Refusal? Method(HttpContext context, params ReadOnlySpan<string> allowed)
    {
        foreach (var method in allowed)
        {
            if (method == context.Request.Method)
            {
                return null;
            }
        }

        var list = string.Join(", ", allowed!);
        context.Response.Headers.Allow = list;
        return new Refusal(RefusalReason.BadMethod, StatusCodes.Status405MethodNotAllowed, ProblemCodes.Invalid,
            $"{ResticTarget.Shown(context.Request.Method)} does not go with this path: allowed is {list}.", "method");
    }

    private async Task<Refusal?> ServeAsync(HttpContext context, ClientConnection connection)
    {
        var (principal, refusal) = gate.Check(connection, context.Request);
        if (principal is null)
        {
            if (refusal!.Status == StatusCodes.Status401Unauthorized)
            {
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"headgate\", charset=\"UTF-8\"";
            }

            return refusal;
        }

        context.Features.Set(principal);
        if (!ResticTarget.TryParse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, out var target, out refusal))
        {
            return refusal;
        }

        refusal = target.Kind switch
        {
            TargetKind.Folder when target.Path == "/" => Method(context, HttpMethods.Get, HttpMethods.Post),
            TargetKind.Folder => Method(context, HttpMethods.Post),
            TargetKind.List => Method(context, HttpMethods.Get),
            _ => Method(context, HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Delete),
        };
        refusal ??= RequestGate.CheckRights(principal, context.Request.Method, target);
        if (refusal is not null)
        {
            return refusal;
        }

        if (target.Kind == TargetKind.Folder && HttpMethods.IsGet(context.Request.Method))
        {
            await lister.SendAsync(context, principal.Tenant);
            return null;
        }

        windows.Touch(principal.Tenant, target.Path, principal.Client);
        var key = new BlobKey(principal.Tenant, target.Path, target.Type, target.Name);
        refusal = (target.Kind, context.Request.Method) switch
        {
            (TargetKind.Folder, _) => await CreateAsync(principal, target, context),
            (TargetKind.List, _) => await ListAsync(principal, target, connection, context),
            (_, "POST") => await uploads.SaveAsync(context, connection, principal, key),
            (_, "DELETE") => await DeleteAsync(key, principal, connection, context),
            _ => await downloads.SendAsync(context, connection, key),
        };
        var sent = HttpMethods.IsGet(context.Request.Method) ? context.Response.ContentLength ?? 0 : 0;
        watch.Served(principal, connection, target.Path, context.Request.ContentLength ?? 0, sent);
        return refusal;
    }

    private async Task<Refusal?> CreateAsync(Principal principal, ResticTarget target, HttpContext context)
    {
        if (target.Query != "create=true")
        {
            return new Refusal(RefusalReason.BadCreate, StatusCodes.Status400BadRequest, ProblemCodes.Invalid,
                "POST to a folder creates a restic repository and needs the query 'create=true'.", "create");
        }

        if (layout.FolderOf(principal.Tenant, target.Path).Exists)
        {
            return null;
        }

        if (quotas.Of(principal.Tenant).View is { Limit: null })
        {
            return Refusals.NoQuota(principal.Tenant);
        }

        if (!repositories.TryAdd(principal.Tenant, out var most))
        {
            return new Refusal(RefusalReason.TooManyRepositories, StatusCodes.Status403Forbidden, ProblemCodes.Forbidden,
                $"There are {most} restic repositories of this tenant here, as many as there may be. Use one of them, or ask your service provider.");
        }

        try
        {
            await store.CreateAsync(principal.Tenant, target.Path, context.RequestAborted);
        }
        catch
        {
            repositories.Remove(principal.Tenant);
            throw;
        }

        LogCreated(principal.Tenant, target.Path);
        return null;
    }

    private async Task<Refusal?> ListAsync(Principal principal, ResticTarget target, ClientConnection connection, HttpContext context)
    {
        var folder = layout.FolderOf(principal.Tenant, target.Path);
        if (!folder.Exists)
        {
            return Refusals.NoRepository(target.Path);
        }

        // Who may not delete does not prune, and could never give the allowance back.
        if (target.Type == BlobType.Data && principal.Rights == AccessRights.Full)
        {
            windows.DataListed(principal.Tenant, target.Path, principal.Client, folder.List(BlobType.Locks).Count());
        }

        await downloads.ListAsync(context, connection, folder.List(target.Type), withSizes: context.Request.Headers.Accept == ListV2);
        return null;
    }

    private async Task<Refusal?> DeleteAsync(BlobKey key, Principal principal, ClientConnection connection, HttpContext context)
    {
        var status = await store.DeleteAsync(key, connection.Accepted, connection.Id, quotas.Of(key.Tenant), context.RequestAborted);
        switch (status)
        {
            case DeleteStatus.Newer:
                return new Refusal(RefusalReason.DelayedDelete, StatusCodes.Status409Conflict, ProblemCodes.Conflict,
                    "This object was stored again after this connection began: the deletion was meant for an earlier upload and is not carried out.");
            case DeleteStatus.Deleted:
                metrics.Deleted(key.Type);
                watch.Deleted(principal, key);
                LogDeleted(key.ToString(), principal.Client);
                if (key.Type == BlobType.Locks)
                {
                    windows.LockDeleted(key.Tenant, key.Path, layout.FolderOf(key.Tenant, key.Path).List(BlobType.Locks).Count());
                }

                return null;
            default:
                return null;
        }
    }

    [LoggerMessage(241, LogLevel.Information, "Tenant {Tenant} created the restic repository {Path}")]
    private partial void LogCreated(string tenant, string path);

    [LoggerMessage(242, LogLevel.Debug, "{Object} was deleted by {Client}")]
    private partial void LogDeleted(string @object, string client);

    [LoggerMessage(243, LogLevel.Debug, "{Connection}: the peer went away during a request")]
    private partial void LogAborted(string connection);

    [LoggerMessage(244, LogLevel.Warning, "{Connection}: a request failed")]
    private partial void LogFailed(Exception fault, string connection);

    [LoggerMessage(245, LogLevel.Error, "{Connection}: a request failed in a way that nobody foresaw")]
    private partial void LogFaulted(Exception fault, string connection);
}
