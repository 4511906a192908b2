using System.Text.Json;
using Headgate.Protocol;
using Headgate.Protocol.Tenant;
using Headgate.Repository.Blobs;

namespace Headgate.Repository.Restic;

/// <summary>
/// <c>GET /</c>: which restic repositories the tenant has here. Not of restic's protocol, where nobody reads a folder: it is for the machine that takes
/// another's place and does not know where that one kept its backups.
/// </summary>
internal sealed class RepositoryLister(BlobLayout layout, DiskLane lane)
{
    /// <summary>Answers with the list.</summary>
    public async Task SendAsync(HttpContext context, string tenant)
    {
        var list = await lane.RunAsync(() => new ResticRepositoryList([.. layout.RepositoriesOf(tenant).Select(path => Describe(tenant, path))]), context.RequestAborted);
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, list, ProtocolJson.Default.ResticRepositoryList, context.RequestAborted);
    }

    private ResticRepositoryEntry Describe(string tenant, string path)
    {
        var (count, name, stored) = (0, (string?)null, (DateTime?)null);
        var folder = new DirectoryInfo(layout.FolderOf(tenant, path).FolderOf(BlobType.Snapshots));
        foreach (var file in folder.Exists ? folder.EnumerateFiles() : [])
        {
            if (!BlobTypes.IsObjectName(file.Name))
            {
                continue;
            }

            count++;
            var written = file.LastWriteTimeUtc;
            if (stored is null || written > stored)
            {
                (name, stored) = (file.Name, written);
            }
        }

        return new ResticRepositoryEntry(path, count, name, stored is { } time ? new DateTimeOffset(time) : null);
    }
}
