#Requires -Version 5.1
<#
.SYNOPSIS
Removes this program of Headgate. Its data and options stay for another installation.
.PARAMETER Purge
Data (keys, certificates; of a server the database, of a repository its tenants' backups) and options go, too.
#>
[CmdletBinding()]
param([switch] $Purge)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$program = (Get-Content (Join-Path $PSScriptRoot 'PROGRAM')).Trim()
$name = if ($program -eq 'connector') { 'headgate' } else { "headgate-$program" }
$files = Join-Path $env:ProgramFiles "Headgate\$program"
$shared = Join-Path $env:ProgramData 'Headgate'
$data = Join-Path $shared $program

$identity = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { throw 'Run this in a PowerShell that was started as administrator.' }

if ($program -eq 'connector') {
    $path = [Environment]::GetEnvironmentVariable('Path', 'Machine')
    $others = @($path -split ';' | Where-Object { $_ -and -not $_.StartsWith($files, [StringComparison]::OrdinalIgnoreCase) })
    [Environment]::SetEnvironmentVariable('Path', ($others -join ';'), 'Machine')
} elseif ($service = Get-Service $name -ErrorAction SilentlyContinue) {
    if ($service.Status -ne 'Stopped') {
        Stop-Service $name -NoWait
        $service.WaitForStatus('Stopped', [TimeSpan]::FromMinutes(2))
    }
    & sc.exe delete $name | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "The service $name could not be deleted." }
    Remove-NetFirewallRule -Name $name -ErrorAction SilentlyContinue
}

# This script may lie in there.
Set-Location $env:SystemRoot
Remove-Item $files -Recurse -Force -ErrorAction SilentlyContinue
if ($Purge -and $program -ne 'connector') {
    Remove-Item $data -Recurse -Force -ErrorAction SilentlyContinue
    Remove-Item (Join-Path $shared "$program.conf") -Force -ErrorAction SilentlyContinue
    Write-Output "Removed $name, its data and its options."
} elseif ($program -eq 'connector') {
    Write-Output 'Removed headgate. Each user''s identity stays.'
} else {
    Write-Output "Removed $name. Its data in $data and its options stay; -Purge removes them."
}
