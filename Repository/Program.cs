using System.CommandLine;
using System.Net;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Services;
using Headgate.Repository;

var data = new Option<DirectoryInfo>("--data") { Description = "Folder with this repository's identity (and its storage, unless --path names one).", Required = true };
var listen = new Option<IPEndPoint[]>("--listen")
{
    Description = "ADDRESS:PORT to listen on for gateways; may be given several times. Default [::]:6183. Port 0 lets the system choose.",
    CustomParser = result =>
    {
        var endpoints = new List<IPEndPoint>();
        foreach (var token in result.Tokens)
        {
            if (IPEndPoint.TryParse(token.Value, out var endpoint) && token.Value.LastIndexOf(':') > token.Value.LastIndexOf(']'))
            {
                endpoints.Add(endpoint);
            }
            else
            {
                result.AddError($"--listen {token.Value} is not ADDRESS:PORT, such as 0.0.0.0:6183 or [::]:6183.");
            }
        }

        return [.. endpoints];
    },
};
var path = new Option<DirectoryInfo?>("--path") { Description = "Folder for tenants' objects. Default: storage below --data." };
var code = new Option<string?>("--code") { Description = "Enrolment code, used when --data holds no identity yet; - reads it from standard input, where no process list shows it." };
var accessCertificate = new Option<FileInfo?>("--access-certificate") { Description = "PEM with your own certificate for *.access.<zone> and its intermediates." };
var accessKey = new Option<FileInfo?>("--access-key") { Description = "PEM with the key of --access-certificate." };
var run = new Command("run", "Serve tenants' backups.") { data, listen, path, code, accessCertificate, accessKey };
run.SetAction(async (result, token) =>
{
    var options = new RepositoryOptions
    {
        DataDirectory = result.GetRequiredValue(data).FullName,
        Code = result.GetValue(code) is { } given ? await CodeText.ReadAsync(given, Console.In, token) : null,
        AccessCertificate = result.GetValue(accessCertificate)?.FullName,
        AccessKey = result.GetValue(accessKey)?.FullName,
    };
    options = result.GetValue(path) is { } storage ? options with { StorageDirectory = storage.FullName } : options;
    PrivateFiles.ForThisProcess();
    options = result.GetValue(listen) is { Length: > 0 } endpoints ? options with { Listen = endpoints } : options;
    return await ServiceManager.RunAsync(
        "headgate-repository",
        Path.Combine(options.DataDirectory, "log"),
        (manager, asked) => RepositoryHost.RunAsync(options with { Manager = manager }, asked),
        token);
});

var enrolData = new Option<DirectoryInfo>("--data") { Description = "Folder to keep the identity in.", Required = true };
var enrolCode = new Argument<string>("CODE") { Description = "The code that headgate-server gave; - reads it from standard input, where no process list shows it." };
var enroll = new Command("enroll", "Get this repository's certificate.") { enrolData, enrolCode };
enroll.SetAction(async (result, token) => await RepositoryHost.EnrolAsync(
    result.GetRequiredValue(enrolData).FullName, await CodeText.ReadAsync(result.GetRequiredValue(enrolCode), Console.In, token), token));

var root = new RootCommand("Headgate's cloud repository: keeps tenants' backups.") { run, enroll };
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) });
