using System.Globalization;

namespace Headgate.Relay.Bench.Peers;

/// <summary>nginx with its stream module: the server name read beforehand, buffers of 256 KiB, a process for each processor.</summary>
internal sealed class NginxPeer(string folder, int port, IReadOnlyList<Names> names) : Peer(Nginx, port)
{
    public const string Nginx = "nginx";

    /// <summary>The master and its workers.</summary>
    public override IReadOnlyList<int> Pids =>
        [ProcessId, .. File.ReadAllText($"/proc/{ProcessId}/task/{ProcessId}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];

    public override void MustBeAlive()
    {
        base.MustBeAlive();
        if (Pids.Count != Environment.ProcessorCount + 1)
        {
            throw new BenchException("A worker of nginx is gone.");
        }
    }

    protected override async Task<ChildProcess?> LaunchAsync()
    {
        var file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(file, $$"""
            load_module /usr/lib/nginx/modules/ngx_stream_module.so;
            daemon off;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/nginx.log error;
            worker_processes {{Environment.ProcessorCount}};
            events { worker_connections {{Descriptors.Most * 9 / 10}}; }
            stream {
                map $ssl_preread_server_name $target {
            {{string.Join('\n', names.Select(name => $"        {name.ServerName} {name.Target};"))}}
                }
                server {
                    listen {{Port}} backlog=4096;
                    ssl_preread on;
                    proxy_pass $target;
                    proxy_protocol on;
                    proxy_buffer_size 256k;
                    proxy_timeout 15m;
                }
            }

            """);
        // Asked to end, the master takes its workers along.
        return await ChildProcess.StartAsync(Name, Path.Combine(folder, "nginx.out"), Port, "nginx", "-p", folder, "-c", file);
    }
}
