using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Headgate.Connector.Tests.Scripted;

/// <summary>restic's REST backend on files: what restic 0.14 needs, no rules. The repository program has the real one.</summary>
internal static class ResticFiles
{
    public static async Task HandleAsync(HttpContext context, string storage)
    {
        var request = context.Request;
        var path = Path.Combine(storage, request.Path.Value!.Trim('/'));
        var isFolder = request.Path.Value!.EndsWith('/');
        switch (request.Method)
        {
            case "POST" when isFolder && request.Query.ContainsKey("create"):
                Directory.CreateDirectory(path);
                return;
            case "POST":
                await SaveAsync(context, path);
                return;
            case "DELETE":
                File.Delete(path);
                return;
            case "GET" when isFolder:
                await ListAsync(context, path);
                return;
            case "GET" or "HEAD":
                await SendAsync(context, path);
                return;
            default:
                context.Response.StatusCode = 405;
                return;
        }
    }

    private static async Task SaveAsync(HttpContext context, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = path + "." + Guid.NewGuid().ToString("n") + ".part";
        try
        {
            await using (var file = File.Create(temporary))
            {
                await context.Request.Body.CopyToAsync(file, context.RequestAborted);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            File.Delete(temporary);
            context.Abort();
        }
    }

    private static async Task ListAsync(HttpContext context, string path)
    {
        var files = Directory.Exists(path) ? new DirectoryInfo(path).GetFiles().Where(file => file.Extension != ".part") : [];
        context.Response.ContentType = "application/vnd.x.restic.rest.v2";
        await context.Response.WriteAsync(JsonSerializer.Serialize(files.Select(file => new { name = file.Name, size = file.Length })));
    }

    private static async Task SendAsync(HttpContext context, string path)
    {
        if (!File.Exists(path))
        {
            context.Response.StatusCode = 404;
            return;
        }

        var length = new FileInfo(path).Length;
        long from = 0, to = length - 1;
        if (context.Request.GetTypedHeaders().Range is { Ranges: { Count: 1 } ranges })
        {
            from = ranges.First().From ?? 0;
            to = Math.Min(ranges.First().To ?? to, to);
            context.Response.StatusCode = 206;
        }

        context.Response.ContentLength = to - from + 1;
        if (context.Request.Method == "GET")
        {
            await context.Response.SendFileAsync(path, from, to - from + 1);
        }
    }
}
